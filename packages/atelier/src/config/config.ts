import { readFileSync } from 'node:fs';
import { ACCOUNT_SETTINGS } from './settings/accounts.ts';
import { CALLBACK_SETTINGS } from './settings/callbacks.ts';
import { DISCORD_SETTINGS } from './settings/discord.ts';
import { FILE_SETTINGS } from './settings/files.ts';
import { SERVER_SETTINGS } from './settings/server.ts';
import { UPSTREAM_SETTINGS } from './settings/upstreams.ts';
import type { Setting } from './setting.ts';

/**
 * The only list of settings: for each its environment variable, meaning, default and reader. The command line reads them once and passes them to
 * `server/start.ts`; `docs/config.md` is generated from the list. All faults are reported together.
 */
export const SETTINGS = {
  ...SERVER_SETTINGS,
  ...UPSTREAM_SETTINGS,
  ...DISCORD_SETTINGS,
  ...ACCOUNT_SETTINGS,
  ...CALLBACK_SETTINGS,
  ...FILE_SETTINGS,
} as const;

export type Config = { readonly [Name in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Name]['read']> };

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** All settings from the environment. Throws one `ConfigError` that names every setting at fault. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const read = ([name, setting]: [string, Setting<unknown>]): [string, unknown] => {
    try {
      return [name, setting.read(givenValue(setting, environment) || setting.fallback)];
    } catch (error) {
      faults.push(`${setting.env}: ${error instanceof Error ? error.message : String(error)}`);
      return [name, undefined];
    }
  };
  const entries = Object.entries(SETTINGS).map(read);
  if (faults.length > 0) throw new ConfigError(`These settings cannot be used:\n  ${faults.join('\n  ')}`);
  return Object.fromEntries(entries) as Config;
}

/** The text of a setting from its variable or, for a secret, from the file that `<variable>_FILE` names. Throws if both are set, or if the file cannot be read. */
function givenValue({ env, alias, secret }: Setting<unknown>, environment: Readonly<Record<string, string | undefined>>): string {
  const given = environment[env] || (alias === undefined ? '' : environment[alias]) || '';
  const file = secret ? environment[`${env}_FILE`] : undefined;
  if (file === undefined || file === '') return given;
  if (given !== '') throw new Error(`set ${env} or ${env}_FILE, not both`);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(`the file of ${env}_FILE cannot be read`, { cause: error });
  }
}

/** The text of `docs/config.md`: every setting as a row of a Markdown table. */
export function renderConfigDoc(): string {
  const rows = Object.values(SETTINGS).map(
    ({ env, fallback, doc, secret }: Setting<unknown>) =>
      `| \`${env}\`${secret ? ' *' : ''} | ${fallback === '' ? '' : `\`${fallback}\``} | ${doc} |`,
  );
  return [
    '# Settings',
    '',
    'All settings are environment variables, read once at start. This page is generated from `packages/atelier/src/config/settings/` by `npm run check -- --write`.',
    '',
    'Each secret (marked with *) may also stand in a file: set the variable with `_FILE` after its name, such as `DISCORD_PROXY_FILE`, to the path of that file.',
    '',
    '| variable | default | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
