import { ACCOUNT_SETTINGS } from './settings/accounts.ts';
import { CALLBACK_SETTINGS } from './settings/callbacks.ts';
import { FILE_SETTINGS } from './settings/files.ts';
import { SERVER_SETTINGS } from './settings/server.ts';
import { UPSTREAM_SETTINGS } from './settings/upstreams.ts';
import type { Setting } from './setting.ts';

/**
 * The only list of settings: for each its environment variable, meaning, default and reader. The command line reads them once and passes them to
 * `server/start.ts`; `docs/config.md` is generated from the list. All faults are reported together.
 */
export const SETTINGS = { ...SERVER_SETTINGS, ...UPSTREAM_SETTINGS, ...ACCOUNT_SETTINGS, ...CALLBACK_SETTINGS, ...FILE_SETTINGS } as const;

export type Config = { readonly [Name in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Name]['read']> };

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** All settings from the environment. Throws one `ConfigError` that names every setting at fault. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const read = ([name, { env, fallback, read: parse }]: [string, Setting<unknown>]): [string, unknown] => {
    const given = environment[env];
    try {
      return [name, parse(given === undefined || given === '' ? fallback : given)];
    } catch (error) {
      faults.push(`${env}: ${error instanceof Error ? error.message : String(error)}`);
      return [name, undefined];
    }
  };
  const entries = Object.entries(SETTINGS).map(read);
  if (faults.length > 0) throw new ConfigError(`These settings cannot be used:\n  ${faults.join('\n  ')}`);
  return Object.fromEntries(entries) as Config;
}

/** The text of `docs/config.md`: every setting as a row of a Markdown table. */
export function renderConfigDoc(): string {
  const rows = Object.values(SETTINGS).map(
    ({ env, fallback, doc }) => `| \`${env}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${doc} |`,
  );
  return [
    '# Settings',
    '',
    'All settings are environment variables, read once at start. This page is generated from `packages/atelier/src/config/settings/` by `npm run check -- --write`.',
    '',
    '| variable | default | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
