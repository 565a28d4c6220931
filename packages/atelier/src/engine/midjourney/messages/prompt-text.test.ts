import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assert as check, property, string } from 'fast-check';
import { hasTag, parseHeading, percentOf, promptFit, promptOfPictures } from './prompt-text.ts';

describe('parseHeading', () => {
  test('reads a start, a progress and a result', () => {
    const start = parseHeading('**a red fox --ar 3:2 --v 7.0** - <@42> (Waiting to start)');
    assert.deepEqual(start, {
      prompt: 'a red fox --ar 3:2 --v 7.0',
      action: null,
      imageIndex: null,
      userId: '42',
      tags: ['Waiting to start'],
    });
    assert.ok(start && hasTag(start, 'waiting to start'));
    const progress = parseHeading('**a red fox** - <@42> (31%) (fast, stealth)');
    assert.equal(progress && percentOf(progress), 31);
    const result = parseHeading(
      '**a red fox** - <@42> (fast)\n-# Create, explore, and organize on [midjourney.com](<https://midjourney.com/imagine?from_discord=1>)',
    );
    assert.deepEqual(result?.tags, ['fast']);
    assert.equal(result && percentOf(result), null);
  });

  test('reads actions, pictures and the older wordings', () => {
    assert.equal(parseHeading('**p** - Variations (Strong) by <@42> (fast)')?.action, 'Variations (Strong)');
    assert.equal(
      parseHeading('**p** - Zoom Out by <@42> [(Open on website for full quality)](<https://midjourney.com/jobs/x>) (fast)')?.action,
      'Zoom Out',
    );
    assert.equal(parseHeading('**p** - Image #3 <@42>')?.imageIndex, 3);
    const older = parseHeading('Making variations for image #2 with prompt **p** - <@42> (Waiting to start)');
    assert.deepEqual([older?.action, older?.imageIndex, older?.prompt], ['Variations', 2, 'p']);
    assert.equal(parseHeading('**p** - Upscaling by <@42> (31%) (fast)')?.action, 'Upscaling');
  });

  test('accepts a prompt that looks like the end of a heading', () => {
    const found = parseHeading('**x** - <@7> (100%) (fast)** - <@42> (12%) (fast)');
    assert.equal(found?.userId, '42');
    assert.equal(found && percentOf(found), 12);
  });

  test('returns any prompt of one line unchanged', () => {
    const line = string({ minLength: 1, maxLength: 200 }).filter((text) => !text.includes('\n') && text.trim() === text);
    check(property(line, (prompt) => parseHeading(`**${prompt}** - <@42> (0%) (fast)`)?.prompt === prompt));
  });

  test('returns null for other texts', () => {
    for (const text of ['', 'Done! Note that', 'Remix mode turned on!', '**bold** words', 'a red fox - <@42> (fast)']) {
      assert.equal(parseHeading(text), null);
    }
  });
});

describe('promptFit', () => {
  const same = (one: string, other: string): void => assert.notEqual(promptFit(one, other), undefined, `${one} / ${other}`);
  const differs = (one: string, other: string): void => assert.equal(promptFit(one, other), undefined, `${one} / ${other}`);

  test('ignores the changes that Midjourney makes to a prompt', () => {
    same('a  red   fox', 'a red fox --v 7.0');
    same('a red fox —ar 3:2', 'a red fox --ar 3:2 --v 7.0 --stylize 100');
    same('a red fox --v 7', 'A red fox --v 7.0');
    same('https://a.example/very/long.png?x=1 a red fox', '<https://s.mj.run/AbC> a red fox --v 7.0');
    same('a fox --aspect 4:2', 'a fox --ar 2:1');
    same('a *red* fox', 'a red fox');
    same(promptOfPictures(2), '<https://s.mj.run/A> <https://s.mj.run/B> --ar 1:1 --v 7.0');
  });

  test('returns undefined for different prompts', () => {
    differs('a red fox', 'a red fox in snow');
    differs('a red fox --ar 3:2', 'a red fox --ar 16:9 --v 7.0');
    differs('a red fox --seed 1', 'a red fox --seed 2');
    differs('a red fox --ar 3:2', 'a red fox --v 7.0');
    differs('https://a.example/1.png a fox', 'a fox');
    differs(promptOfPictures(2), promptOfPictures(3));
  });

  test('returns more for a prompt that shares more parameters', () => {
    assert.equal(promptFit('a fox', 'a fox --ar 3:2 --v 7.0'), 0);
    assert.equal(promptFit('a fox --ar 3:2', 'a fox --ar 3:2 --v 7.0'), 1);
    assert.equal(promptFit('a fox --ar 1:1 --zoom 1.8', 'a fox --v 7.0'), 0);
  });

  test('is fast on hostile text', () => {
    const started = performance.now();
    promptFit('-- '.repeat(20_000), '*'.repeat(60_000));
    parseHeading(`**${'** - <@1'.repeat(5_000)}`);
    assert.ok(performance.now() - started < 2_000);
  });
});
