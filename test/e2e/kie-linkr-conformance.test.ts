import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

for (const [vendor, seed] of [
  ['kie', '000'],
  ['kie', '001'],
  ['linkr', '004'],
] as const) {
  test(`docs/conformance/${vendor}.md, ${seed}: every statement is numbered, and names a test that exists`, () => {
    const rows = read(`docs/conformance/${vendor}.md`)
      .split('\n')
      .filter((line) => line.startsWith(`| ${seed}-`))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    assert.ok(rows.length >= 40);
    for (const [index, [, number, statement, file = '', name = '']] of rows.entries()) {
      assert.equal(number, `${seed}-${index + 1}`);
      assert.ok(statement);
      const source = read(file.replaceAll('`', ''));
      assert.ok(
        name !== '' && [`'${name}`, `"${name}`, `\`${name}`].some((title) => source.includes(`test(${title}`)),
        `${number}: ${name}`,
      );
    }
  });
}
