import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'atelier-ffmpeg-';
const DAY_MS = 86_400_000;

/** Gives `use` a new folder, and removes it with its content, however `use` ends. */
export async function withTemporaryFolder<Result>(parent: string, use: (folder: string) => Promise<Result>): Promise<Result> {
  // By the process id in the name a later start finds folders of ended processes (`sweepTemporaryFolders`).
  const folder = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Removes the folders that killed processes left: folders of a process that has ended, folders with this process's id from before its
 * start (in a container every start has the same id), and folders older than a day. Returns their number. Call it once, at start.
 */
export async function sweepTemporaryFolders({
  parent = tmpdir(),
  nowMs = Date.now(),
  startedAtMs = performance.timeOrigin,
}: { parent?: string; nowMs?: number; startedAtMs?: number } = {}): Promise<number> {
  let swept = 0;
  for (const name of await readdir(parent).catch(() => [])) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(parent, name);
    const owner = /^(\d+)-/.exec(name.slice(PREFIX.length))?.[1];
    const changedAtMs = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (changedAtMs === undefined) continue;
    const isOld = nowMs - changedAtMs > DAY_MS;
    const isOrphaned = owner !== undefined && (Number(owner) === process.pid ? changedAtMs < startedAtMs : !isAlive(Number(owner)));
    if (!isOld && !isOrphaned) continue;
    // A folder of another user cannot be removed: it stays, and the start goes on.
    await rm(folder, { recursive: true, force: true }).then(
      () => swept++,
      () => undefined,
    );
  }
  return swept;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
