import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { AtelierProblem, createAtelierClient, type AtelierClient } from 'atelier-client/client';
import { readConfig } from '../config/config.ts';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { startAtelier } from '../server/start.ts';
import { readKeptSecrets } from '../server/secrets.ts';
import { UserError } from './user-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Which server a command talks to: `--url` and `--key`. */
export interface ServerOptions {
  url?: string;
  key?: string;
}

/** What `work` does with the running server; its refusals and a server that is not there become sentences for the terminal. */
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
  return await inSentences(url, () => work(createAtelierClient({ url, key })));
}

/** The same, with a server of its own where none is named and none runs. */
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
    return await inSentences(atelier.url, () => work(createAtelierClient({ url: atelier.url, key: atelier.apiKey })));
  } finally {
    await atelier.close();
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function inSentences<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AtelierProblem) throw new UserError(toSentence(error), { cause: error });
    // What `fetch` throws when the connection breaks.
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
