import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'atelier-ffmpeg-';
const DAY_MS = 86_400_000;

/** Gives `use` a new folder, and takes it away with all that is in it, however `use` ends. */
export async function withTemporaryFolder<Result>(parent: string, use: (folder: string) => Promise<Result>): Promise<Result> {
  // The process id tells a later start whose it was (`sweepTemporaryFolders`).
  const folder = await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Removes the folders that killed processes left: those whose process is gone, those with our own process id from before we
 * started (in a container every start has the same), and any that are older than a day. Returns how many. To be called once,
 * at start.
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
    // One that belongs to another user stays; it is no reason not to start.
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
    // A process of another user may not be asked, which means that it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
