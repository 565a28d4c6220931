import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assert as check, property, string } from 'fast-check';
import { hasOnlyResultTags, hasTag, parseHeading, percentOf } from './prompt-text.ts';

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

  test('reads a heading with other marks around it', () => {
    for (const text of [
      '## **p** - <@42> (46%)',
      '-# **p** - <@42> (46%)',
      '> **p** - <@42> (46%)',
      '**p** – <@42> (46%)',
      '**p**\n<@42> (46%)',
    ]) {
      assert.equal(parseHeading(text)?.prompt, 'p', text);
    }
    const advertised = parseHeading('**p** - <@42> (fast)\n**Tip** - try the website\n-# Create');
    assert.deepEqual([advertised?.prompt, advertised?.tags], ['p', ['fast']]);
    assert.equal(parseHeading('Creating video with prompt **p --video 1** - <@42> (Waiting to start)')?.action, null);
  });

  test('is fast on hostile text', () => {
    const started = performance.now();
    for (const text of [
      `**${'** - <@1'.repeat(5_000)}`,
      `**${'\n'.repeat(20_000)}`,
      `**p** - <@1> ${'('.repeat(20_000)}`,
      '** - '.repeat(8_000),
    ]) {
      const heading = parseHeading(text);
      if (heading) percentOf(heading);
    }
    assert.ok(performance.now() - started < 2_000);
  });

  test('returns null for other texts', () => {
    for (const text of ['', 'Done! Note that', 'Remix mode turned on!', '**bold** words', 'a red fox - <@42> (fast)']) {
      assert.equal(parseHeading(text), null);
    }
  });
});

describe('percentOf', () => {
  const percentIn = (tag: string): number | null => {
    const heading = parseHeading(`**p** - <@42> (${tag}) (fast)`);
    return heading && percentOf(heading);
  };

  const PERCENTS: readonly [string, number | null][] = [
    ['46%', 46],
    ['46.5%', 46],
    ['46,5 %', 46],
    ['46 %', 46],
    ['46\u00A0%', 46],
    ['46\u202F%', 46],
    ['４６％', 46],
    ['46﹪', 46],
    ['٤٦٪', 46],
    ['٤٦٫٥٪', 46],
    ['۴۶%', 46],
    ['४६%', 46],
    ['𝟰𝟲%', 46],
    ['46 percent', 46],
    ['46 Per cent', 46],
    ['%46', 46],
    ['ca. 46 % done', 46],
    ['0%', 0],
    ['100%', 100],
    ['250%', 100],
    ['fast', null],
    ['Waiting to start', null],
  ];
  for (const [tag, percent] of PERCENTS) test(`${tag} → ${percent}`, () => assert.equal(percentIn(tag), percent));

  test('reads brackets in full width, words without brackets, and a second line', () => {
    for (const tail of ['（46%）（fast）', '46 % (fast)', '(fast) · 46%', '\n(46%) (fast)', '[(46%)](<https://midjourney.com>)']) {
      const heading = parseHeading(`**p** - <@42> ${tail}`);
      assert.equal(heading && percentOf(heading), 46, tail);
    }
  });
});

test('hasOnlyResultTags knows the tags of results alone', () => {
  const known = (tail: string): boolean | null => {
    const heading = parseHeading(`**p** - <@42> ${tail}`);
    return heading && hasOnlyResultTags(heading);
  };
  for (const tail of [
    '',
    '(fast)',
    '(fast, stealth)',
    '(Relaxed)',
    '(turbo mode)',
    '(draft) (fast)',
    '(Open on website for full quality) (fast)',
  ]) {
    assert.equal(known(tail), true, tail);
  }
  assert.equal(known('[(Open on website for full quality)](<https://midjourney.com/jobs/x>) (fast)'), true);
  for (const tail of ['(46%)', '(almost done)', '(fast) rendering', '(paused)', '(half way)']) assert.equal(known(tail), false, tail);
});
