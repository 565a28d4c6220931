import assert from 'node:assert/strict';
import { describe } from 'node:test';
import {
  ANSWERS_US,
  CANCEL_ROW,
  created,
  gone,
  GRID_BUTTONS,
  PICTURE,
  plainScript,
  PREVIEW,
  progress,
  result,
  scriptOf,
  start,
  startedThen,
  succeeded,
} from './scripted/bot.ts';
import { playFor } from './scripted/scripted-discord.ts';
import type { Script } from './scripted/steps.ts';
import { expectAccount, expectPicture } from './expect.ts';
import { AT_ONCE, testRow } from './row.ts';

/** Prompts that Discord, or a careless reader of its messages, would take for something else. */
const PROMPTS: Record<string, string> = {
  'marks of bold, italic and code': 'a **bold** _fox_ with `code` ~~and~~ ||spoilers|| *here*',
  'a heading of a message': 'a fox** - <@410000000000000001> (fast)',
  'a percentage and a mode': 'a fox (93%) (fast) by 50 % (Waiting to start)',
  'mentions, channels, links': '<@990000000000000001> and <#610000000000000001> at <https://example.com> @everyone',
  emoji: '🦊 a fox 👨‍👩‍👧 <:fox:123456789012345678>',
  'text from right to left': 'ثعلب أحمر في الثلج שועל אדום',
  newlines: 'a fox\nin the rain\r\n- and > a quote\n# heading',
  'dashes and quotes': 'a fox — “quoted” -- not a parameter ‘here’',
};

const HEADINGS: Record<string, string> = {
  'a mode': '**{echo}** - <@{user}> (fast)',
  'two tags': '**{echo}** - <@{user}> (relaxed, stealth)',
  'no tag': '**{echo}** - <@{user}>',
  'a footer':
    '**{echo}** - <@{user}> (fast)\n-# Create, explore, and organize on [midjourney.com](<https://midjourney.com/imagine?from_discord=1>)',
  'a link': '**{echo}** - <@{user}> (Open on website for full quality) (turbo)',
  'unknown words': 'Made for <@{user}> with love: {echo}',
  nothing: '',
};

describe('a job without trouble, as today', AT_ONCE, () => {
  for (const [what, prompt] of Object.entries(PROMPTS)) {
    testRow(`held today: a prompt with ${what}`, { script: plainScript(prompt) }, async (row) => {
      const [job] = await row.playAll(plainScript(prompt));
      assert.ok(job);
      await expectPicture(row, job, 8);
      assert.equal(row.asked(), 1);
    });
  }

  for (const [what, content] of Object.entries(HEADINGS)) {
    const script = { ...startedThen('a fox', progress('46%'), result({ content }), gone()), times: 3 };
    testRow(`held today: three equal prompts, the uuid tells them apart, a heading with ${what}`, { script }, async (row) => {
      const jobs = await row.playAll(script);
      for (const job of jobs) await expectPicture(row, job, 8);
      assert.equal(row.asked(), 3);
    });
  }

  const final = { attachments: [PICTURE], components: GRID_BUTTONS };
  const scripts: Record<string, { script: Script; buttons: number }> = {
    'the result is an edit of the start': {
      script: startedThen('a fox', progress('46%'), progress('', { content: '**{echo}** - <@{user}> (fast)', ...final })),
      buttons: 8,
    },
    'the result is an edit of the start, which came by nonce alone': {
      script: scriptOf(
        'a fox',
        created(),
        start({ content: '', interaction_metadata: undefined }),
        succeeded(),
        progress('', { content: '**{echo}** - <@{user}> (fast)', ...final }),
      ),
      buttons: 8,
    },
    'no buttons': { script: startedThen('a fox', progress('46%'), result({ components: [] }), gone()), buttons: 0 },
    'turbo, without progress': {
      script: startedThen('a fox', result({ content: '**{echo}** - <@{user}> (turbo)' }, 900), gone()),
      buttons: 8,
    },
    'the result alone, with a nonce of its own': {
      script: startedThen('a fox', progress('46%'), result({ nonce: '999999999999999999' }), gone()),
      buttons: 8,
    },
    'the deletion comes before the result': { script: startedThen('a fox', progress('46%'), gone(400), result({}, 50)), buttons: 8 },
    'the deletion never comes': { script: startedThen('a fox', progress('46%'), result()), buttons: 8 },
    'an empty start that is filled later': {
      script: scriptOf('a fox', created(), start({ content: '' }), succeeded(), progress('0%', {}, 300), progress('46%'), result(), gone()),
      buttons: 8,
    },
    'a private thinking for 12 s before the start': {
      script: scriptOf(
        'a fox',
        created(),
        {
          afterMs: 20,
          event: 'MESSAGE_CREATE',
          data: { id: '{id:thinking}', type: 20, flags: 64 | 128, nonce: '{nonce}', content: '', interaction_metadata: ANSWERS_US },
        },
        succeeded(),
        start({ nonce: undefined }, 12_000),
        progress('46%'),
        result(),
        gone(),
      ),
      buttons: 8,
    },
    'a bare file name for previews': {
      script: startedThen(
        'a fox',
        progress('46%', { attachments: [{ ...PREVIEW, filename: 'grid_0.webp' }], components: [CANCEL_ROW] }),
        result(),
        gone(),
      ),
      buttons: 8,
    },
  };
  for (const [what, { script, buttons }] of Object.entries(scripts)) {
    testRow(`held today: ${what}`, { script }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      await expectPicture(row, job, buttons);
      assert.equal(row.asked(), 1);
      await expectAccount(row, 'active');
    });
  }

  testRow(
    'held today: another bot’s command of the same name',
    { script: plainScript(), behaviour: { otherBotFirst: true } },
    async (row) => {
      const [job] = await row.playAll(plainScript());
      assert.ok(job);
      await expectPicture(row, job, 8);
    },
  );

  testRow('held today: a button pressed twice', {}, async (row) => {
    const single = startedThen(
      '',
      result({ content: '**a fox --v 7.0** - Image #1 <@{user}>', components: [], message_reference: { message_id: '{pressed}' } }, 900),
      gone(),
    );
    row.discord.respondWith((interaction) =>
      interaction.name === 'button' ? pressedSteps(single, interaction.payload['message_id']) : playFor(plainScript())(interaction),
    );
    const [grid] = await row.playAll(plainScript());
    assert.ok(grid);
    const press = { verb: 'button', jobId: grid.id, button: 'U1' };
    const jobs = await Promise.all((await Promise.all([row.submit(press), row.submit(press)])).map(row.ended));
    for (const job of jobs) await expectPicture(row, job, 0);
    assert.equal(row.asked('button'), 2);
  });
});

const pressedSteps = (script: Script, messageId: unknown): Script['steps'] =>
  JSON.parse(
    JSON.stringify(script.steps).replaceAll('{pressed}', String(messageId)).replaceAll('{echo}', 'a fox --v 7.0'),
  ) as Script['steps'];
