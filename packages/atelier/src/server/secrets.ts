import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { isJsonObject, parseJson } from '@atelier/lib/json';

/** Secrets of the server: from the environment, or generated at the first start and stored in the data folder. */
export interface ServerSecrets {
  secret: string;
  signingSecrets: string[];
  apiKey: string;
  /** True if the API key was generated at this start: it is shown once. */
  apiKeyIsNew: boolean;
}

const FILE = 'secrets.json';

/** Reads the secrets of the data folder, generates the missing ones, and writes the file with mode 0600 if it changed. */
export async function loadSecrets(
  config: Pick<Config, 'dataFolder' | 'secret' | 'callbackSigningSecrets' | 'apiKey'>,
): Promise<ServerSecrets> {
  await mkdir(config.dataFolder, { recursive: true });
  const kept = await readKeptSecrets(config.dataFolder);
  const made = {
    secret: kept.secret ?? randomBytes(32).toString('base64url'),
    signingSecret: kept.signingSecret ?? `whsec_${randomBytes(32).toString('base64')}`,
    apiKey: kept.apiKey ?? `atl_${randomBytes(24).toString('base64url')}`,
  };
  const needed = { secret: config.secret, signingSecret: config.callbackSigningSecrets[0], apiKey: config.apiKey };
  const isNew = (name: keyof typeof made): boolean => kept[name] === undefined && needed[name] === undefined;
  if (isNew('secret') || isNew('signingSecret') || isNew('apiKey')) await writeSecrets(config.dataFolder, made);
  return {
    secret: config.secret ?? made.secret,
    signingSecrets: config.callbackSigningSecrets.length > 0 ? config.callbackSigningSecrets : [made.signingSecret],
    apiKey: config.apiKey ?? made.apiKey,
    apiKeyIsNew: isNew('apiKey'),
  };
}

/** Secrets that an earlier start stored in this folder; an empty object without a file. Throws if the file is damaged. */
export async function readKeptSecrets(dataFolder: string): Promise<{ secret?: string; signingSecret?: string; apiKey?: string }> {
  const text = await readFile(join(dataFolder, FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return {};
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error(`${FILE} in the data folder is damaged; restore it from a backup`);
  const { secret, signingSecret, apiKey } = parsed.value;
  return {
    ...(typeof secret === 'string' ? { secret } : {}),
    ...(typeof signingSecret === 'string' ? { signingSecret } : {}),
    ...(typeof apiKey === 'string' ? { apiKey } : {}),
  };
}

async function writeSecrets(dataFolder: string, secrets: { secret: string; signingSecret: string; apiKey: string }): Promise<void> {
  const path = join(dataFolder, FILE);
  const part = `${path}.part`;
  await writeFile(part, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flush: true });
  await chmod(part, 0o600);
  await rename(part, path);
}
