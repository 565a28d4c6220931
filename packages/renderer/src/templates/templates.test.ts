import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { TEMPLATES } from './templates.ts';

test('docs/rendering.md lists every template with its size and its sentence', async () => {
  const page = await readFile(new URL('../../../../docs/rendering.md', import.meta.url), 'utf8');
  const rows = Object.entries(TEMPLATES).map(([name, { width, height, doc }]) => `| \`${name}\` | ${width} x ${height} | ${doc} |`);
  assert.deepEqual(
    page.split('\n').filter((line) => /^\| `\w+` \| \d+ x \d+ \|/.test(line)),
    rows,
  );
});
