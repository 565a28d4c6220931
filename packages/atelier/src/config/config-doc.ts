import { SETTINGS } from './config.ts';

/** The table as Markdown: the whole text of `docs/config.md`. */
export function renderConfigDoc(): string {
  const rows = Object.values(SETTINGS).map(
    ({ env, fallback, doc }) => `| \`${env}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${doc} |`,
  );
  return [
    '# Settings',
    '',
    'All settings are environment variables, read once at start. This page is generated from `packages/atelier/src/config/config.ts` by `npm run check -- --write`.',
    '',
    '| variable | default | meaning |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
