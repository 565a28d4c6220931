import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import type { Command } from 'commander';
import { AtelierProblem, createAtelierClient, type AtelierClient, type AtelierJob } from 'atelier-client';
import { toReason } from '../core/errors.ts';
import { readConfig } from '../config/config.ts';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { startAtelier } from '../server/start.ts';
import { readKeptSecrets } from '../server/secrets.ts';
import { UserError } from './terminal.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The server that a command talks to, as `--url` and `--key` name it. */
export interface ServerOptions {
  url?: string;
  key?: string;
}

/** Adds `--url` and `--key` to a command. */
export const withServerOptions = (command: Command): Command =>
  command
    .option('--url <url>', 'the server (default: HOST and PORT)')
    .option('--key <key>', 'its API key (default: ATELIER_API_KEY, else the key in the data folder)');

/** Runs `work` against the running server. A refusal, or a server that does not answer, becomes a `UserError`. */
export async function withServer<Result>(
  options: ServerOptions,
  environment: Environment,
  work: (client: AtelierClient) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(environment);
  const url = options.url ?? `http://${config.host}:${config.port}`;
  if (!(await isServing(url))) throw new UserError(`No server answers at ${url}. Start one with "npm start", or name another with --url.`);
  const key = options.key ?? config.apiKey ?? (await readKeptSecrets(config.dataFolder)).apiKey;
  if (key === undefined) throw new UserError(`The server at ${url} needs an API key: give it with --key or in ATELIER_API_KEY.`);
  return await withUserErrors(url, () => work(createAtelierClient({ url, key })));
}

/** Runs `work` against the named or running server, or else against a server that is started for it and stopped afterwards. */
export async function withAnyServer<Result>(
  options: ServerOptions,
  environment: Environment,
  work: (client: AtelierClient) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(environment);
  if (options.url !== undefined || (await isServing(`http://${config.host}:${config.port}`)))
    return await withServer(options, environment, work);
  const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-'));
  const atelier = await startAtelier({ ...config, port: 0, simulatorPort: 0, dataFolder }, { clock: systemClock, log: silentLog });
  try {
    return await withUserErrors(atelier.url, () => work(createAtelierClient({ url: atelier.url, key: atelier.apiKey })));
  } finally {
    await atelier.close();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function withUserErrors<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AtelierProblem) throw new UserError(toSentence(error), { cause: error });
    // `fetch` throws a TypeError with a cause when the connection breaks.
    if (error instanceof TypeError && error.cause !== undefined) throw new UserError(`The connection to ${url} broke.`, { cause: error });
    throw error;
  }
}

function toSentence({ message, problem }: AtelierProblem): string {
  if (problem.code === 'unauthorized') return 'The server does not know this API key: give another with --key or in ATELIER_API_KEY.';
  if (problem.code === 'forbidden') return `${message}: give the admin key with --key or in ATELIER_API_KEY.`;
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

async function isServing(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${url}/healthz`, { headersTimeout: 2_000, bodyTimeout: 2_000 });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

/** The job once it is completed; `show` is called with each change before. Throws `UserError` with the reason when it fails. */
export async function followJob(client: AtelierClient, jobId: string, show: (job: AtelierJob) => void): Promise<AtelierJob> {
  for await (const job of client.events(jobId)) {
    if (job.status === 'completed') return job;
    if (job.isFinal) throw new UserError(job.error ? toReason({ ...job.error, details: job.error.detail }) : 'The job failed.');
    show(job);
  }
  return client.waitForJob(jobId);
}

/** The bytes of a file of a job. Throws `UserError` when its link does not answer 200. */
export async function download(url: string): Promise<Uint8Array> {
  const { statusCode, body } = await request(url);
  if (statusCode !== 200) throw new UserError(`Download failed: the link answered ${statusCode}.`);
  return new Uint8Array(await body.arrayBuffer());
}
