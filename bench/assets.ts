import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fastify, { type FastifyPluginAsync } from 'fastify';
import { createFileBlobs } from 'atelier/asset/blobs/file-blobs';
import { createLinks } from 'atelier/asset/links';
import { readConfig } from 'atelier/config/config';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { startAtelier } from 'atelier/server/start';
import { percentile, type Row } from './rows.ts';

const FILES = [
  { id: 'bench-video', title: '50 MB video', bytes: 50_000_000, callers: 4 },
  { id: 'bench-picture', title: '40 kB picture', bytes: 40_000, callers: 100 },
] as const;
type File = (typeof FILES)[number];

const RUNS = 3;
const SECONDS = 3;

/** A server with the files. */
interface Server {
  url(file: File): string;
  close(): Promise<void>;
}

interface Figures {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Processor time of the server with its threads for one download. */
  cpuMs: number;
}

/**
 * Downloads by signed link from the folder, in turns with downloads of the same files from a bare Fastify with @fastify/static. The client
 * is the slower side, so the ratio compares the servers' processor time for one download: less is better.
 */
export async function benchAssets(folder: string): Promise<Row[]> {
  const bare = await startBareFastify(join(folder, 'static'));
  const atelier = await startServer(join(folder, 'assets'));
  try {
    const rows: Row[] = [];
    for (const file of FILES) {
      const runs: { bare: Figures; atelier: Figures }[] = [];
      for (let run = 0; run < RUNS; run++) runs.push({ bare: await load(bare, file), atelier: await load(atelier, file) });
      const median = (of: 'bare' | 'atelier'): Figures => medianOf(runs.map((run) => run[of]));
      const title = `${file.title}, ${file.callers} callers`;
      rows.push(
        { name: `@fastify/static, ${title}`, ...median('bare') },
        {
          name: `signed link, ${title}`,
          ...median('atelier'),
          ratio: { to: 'processor time of @fastify/static', value: median('atelier').cpuMs / median('bare').cpuMs },
        },
      );
    }
    return rows;
  } finally {
    await atelier.close();
    await bare.close();
  }
}

function medianOf(figures: readonly Figures[]): Figures {
  const median = (name: keyof Figures): number =>
    percentile(
      figures.map((run) => run[name]),
      0.5,
    );
  return { perSecond: median('perSecond'), p50Ms: median('p50Ms'), p99Ms: median('p99Ms'), cpuMs: median('cpuMs') };
}

async function startBareFastify(root: string): Promise<Server> {
  await mkdir(root, { recursive: true });
  for (const { id, bytes } of FILES) await writeFile(join(root, id), Buffer.alloc(bytes, id));
  // @fastify/static is a dependency of @fastify/swagger-ui.
  const fromSwagger = createRequire(createRequire(import.meta.url).resolve('@fastify/swagger-ui'));
  const staticFiles: FastifyPluginAsync<{ root: string }> = fromSwagger('@fastify/static');
  const app = fastify();
  await app.register(staticFiles, { root });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { url: ({ id }) => `${url}/${id}`, close: () => app.close() };
}

async function startServer(dataFolder: string): Promise<Server> {
  const config = readConfig({ PORT: '0', SIMULATOR_PORT: '0', ATELIER_DATA: dataFolder, ATELIER_SECRET: 'bench' });
  const atelier = await startAtelier(config, { clock: systemClock, log: silentLog });
  const blobs = createFileBlobs(join(dataFolder, 'assets'));
  const createdAtMs = systemClock.now();
  const expiresAtMs = createdAtMs + config.assetRetention;
  for (const { id, bytes } of FILES) {
    await blobs.put(id, Buffer.alloc(bytes, id));
    const record = { id, jobId: 'bench', keyId: 'bench', contentType: 'image/png', filename: id, bytes, width: 0, height: 0 };
    await atelier.store.putAsset({ ...record, createdAtMs, expiresAtMs });
  }
  const links = createLinks({ secret: 'bench', publicUrl: () => atelier.url, retentionMs: config.assetRetention });
  return {
    url: ({ id }) => links.url({ assetId: id, filename: id }, { finishedAtMs: createdAtMs, updatedAtMs: createdAtMs }),
    close: () => atelier.close(),
  };
}

/** Sends load from a separate process, so that the client does not share the server's event loop. */
async function load(server: Server, file: File): Promise<Figures> {
  const url = server.url(file);
  const program = createRequire(import.meta.url).resolve('autocannon');
  const options = ['--json', '--connections', String(file.callers), '--duration', String(SECONDS), '--timeout', '60'];
  const before = process.cpuUsage();
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...options, url]);
  const { user, system } = process.cpuUsage(before);
  const result = JSON.parse(stdout) as {
    non2xx: number;
    errors: number;
    requests: { average: number; total: number };
    latency: { p50: number; p99: number };
  };
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} refused, ${result.errors} failed`);
  return {
    perSecond: result.requests.average,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    cpuMs: (user + system) / 1_000 / result.requests.total,
  };
}
