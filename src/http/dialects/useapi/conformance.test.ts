import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..', '..', '..');
const ROW = /^\| (00[23]-\d+) \| .+ \| `(.+)` \| (.+) \|$/gm;

test('useapi: every statement of the manual names a test that is there', async () => {
  const table = await readFile(join(ROOT, 'docs', 'conformance', 'useapi.md'), 'utf8');
  const rows = [...table.matchAll(ROW)].map(([, number = '', file = '', name = '']) => ({ number, file, name }));
  const sources = new Map<string, string>();
  for (const file of new Set(rows.map((row) => row.file))) sources.set(file, await readFile(join(ROOT, file), 'utf8'));
  const missing = rows.filter(({ file, name }) => !sources.get(file)?.includes(name));
  assert.deepEqual(missing, []);
  for (const seed of ['002', '003']) {
    const numbers = rows.filter(({ number }) => number.startsWith(seed)).map(({ number }) => number);
    assert.deepEqual(
      numbers,
      numbers.map((_number, index) => `${seed}-${index + 1}`),
    );
    assert.ok(numbers.length > 30);
  }
});
