import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { listSunoScenarioWords, readSunoScenario, withoutScenario } from './scenario.ts';

test('every scenario word is in the document', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../../docs/simulator.md'), 'utf8');
  const chapter = text.slice(text.indexOf('## Suno'), text.indexOf('## The callback sink'));
  for (const { word } of listSunoScenarioWords()) assert.match(chapter, new RegExp(`\`sim:${word}\``));
});

test('words count wherever they stand alone, and are not sung', () => {
  const scenario = readSunoScenario(['a song sim:slow\nsim:fail', 'x', 'notsim:hang']);
  assert.equal(scenario.failure?.status, 'GENERATE_AUDIO_FAILED');
  assert.ok(scenario.has('slow'));
  assert.ok(!scenario.has('hang'));
  assert.equal(scenario.refusal, undefined);
  assert.equal(withoutScenario('one sim:slow two\nsim:fail\nthree sim:x'), 'one two\n\nthree');
});
