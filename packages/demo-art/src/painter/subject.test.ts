import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readSubject, stripParameters } from './subject.ts';

describe('readSubject', () => {
  test('the earliest word that names a world decides it', () => {
    assert.equal(readSubject('a lighthouse in the mountains').world, 'water');
    assert.equal(readSubject('mountains behind a lighthouse').world, 'ridges');
    assert.equal(readSubject('paper cut mountains').world, 'papercut');
    assert.equal(readSubject('Neon CYBERPUNK City').world, 'city');
    assert.equal(readSubject('portrait of an astronaut').world, 'cosmos');
    assert.equal(readSubject('cherries, peonies and butterflies').world, 'bloom');
  });

  test('only whole words count', () => {
    const { colours, mood } = readSubject('layered thinking');
    assert.deepEqual([colours, mood], [[], undefined]);
    assert.equal(readSubject('seared capacity').colours.length, 0);
    assert.equal(readSubject('a red thing').colours.length, 1);
    assert.notEqual(readSubject('scarcity').world, 'city');
  });

  test('the hour outranks the place', () => {
    assert.equal(readSubject('ocean at sunset').mood, 'sunset');
    assert.equal(readSubject('snowy forest').mood, 'snow');
    assert.equal(readSubject('forest').mood, 'forest');
  });

  test('parameters, links and scenario words choose nothing', () => {
    const plain = readSubject('quiet thoughts');
    for (const prompt of [
      'quiet thoughts --ar 16:9 --v 7',
      'quiet thoughts sim:slow',
      'https://example.test/ocean/city.png quiet thoughts --no flower',
      'quiet thoughts --style raw --chaos 20 --tile',
      'quiet thoughts —ar 3:2',
      'quiet thoughts --no red roses, cats, a city --v 7',
    ]) {
      assert.deepEqual(readSubject(prompt), plain, prompt);
    }
  });

  test('a prompt without known words has two different worlds, always the same', () => {
    for (const prompt of ['quiet thoughts', 'zzz', '', '寧静な考え']) {
      const { world, otherWorld } = readSubject(prompt);
      assert.notEqual(world, otherWorld);
      assert.deepEqual([readSubject(prompt).world, readSubject(prompt).otherWorld], [world, otherWorld]);
    }
  });

  test('a long prompt is read in little time', () => {
    const startedAtMs = performance.now();
    readSubject('sunset --a '.repeat(1_000));
    stripParameters('-'.repeat(10_000));
    stripParameters('--a '.repeat(3_000));
    stripParameters('--no '.repeat(3_000));
    stripParameters(' '.repeat(10_000));
    assert.ok(performance.now() - startedAtMs < 250);
  });
});
