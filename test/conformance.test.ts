import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readStatements, renderConformance, SEEDS } from '../scripts/conformance.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
/** The statements on music videos (001) come with the folder of their dialect. */
const isServed = (seed: string): boolean => seed !== '001' || existsSync(join(ROOT, 'packages/atelier/src/http/dialects/kie/mp4'));

describe('docs/conformance.md', () => {
  const statements = readStatements(ROOT);

  test('has every statement of each seed, numbered without a gap', () => {
    for (const { number: seed } of SEEDS.filter(({ number }) => isServed(number))) {
      const numbers = statements.map(({ number }) => number).filter((number) => number.startsWith(`${seed}-`));
      assert.ok(numbers.length >= 35, `${seed}: ${numbers.length}`);
      assert.deepEqual(
        numbers,
        numbers.map((_number, index) => `${seed}-${index + 1}`),
      );
    }
  });

  test('names an existing test for each statement', () => {
    const sources = new Map([...new Set(statements.map(({ file }) => file))].map((file) => [file, read(file)]));
    const missing = statements.filter(({ file, test: title }) => {
      const source = sources.get(file) ?? '';
      return !["'", '"', '`'].some((quote) => source.includes(`test(${quote}${title}`) || source.includes(`test(\n      ${quote}${title}`));
    });
    assert.deepEqual(missing, []);
  });

  test('is rendered from the tables of the dialects', () => {
    assert.equal(read('docs/conformance.md'), renderConformance(statements));
  });
});
