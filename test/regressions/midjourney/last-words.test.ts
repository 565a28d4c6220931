import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { created, gone, notice, PRIVATE_ANSWER, progress, result, scriptOf, startedThen, succeeded } from './scripted/bot.ts';
import { readScript, type Script } from './scripted/steps.ts';
import type { Fields } from './scripted/wire.ts';
import { expectFailure, expectPicture } from './expect.ts';
import { AT_ONCE, MINUTES, testRow } from './row.ts';

const text = (content: string): Fields => ({ type: 10, content });

/** Kinds E and F: private answers, and the bot's last words. */
describe('the words of the bot', AT_ONCE, () => {
  const said = 'You have run out of fast hours. Buy more or switch to relax.';
  const answer = (fields: Fields): Script =>
    scriptOf(
      'a fox',
      created(),
      { afterMs: 20, event: 'MESSAGE_CREATE', data: { id: '{id:notice}', ...PRIVATE_ANSWER, ...fields } },
      succeeded(),
    );
  const privateWords: Record<string, { script: Script; words: string }> = {
    'MJ-09: private plain text': { script: readScript('mj-private-words'), words: said },
    'MJ-09, without a nonce': {
      script: answer({ nonce: undefined, content: 'Something in your request is odd.' }),
      words: 'Something in your request is odd.',
    },
    'MJ-09, in a text display': {
      script: answer({ flags: 64 | 32_768, components: [text('Something in your request is odd.')] }),
      words: 'Something in your request is odd.',
    },
    'MJ-09, an embed without a colour': {
      script: answer({ embeds: [{ type: 'rich', description: 'Something in your request is odd.' }] }),
      words: 'Something in your request is odd.',
    },
    'MJ-09, thinking, then words': {
      script: scriptOf(
        'a fox',
        created(),
        { afterMs: 20, event: 'MESSAGE_CREATE', data: { id: '{id:notice}', ...PRIVATE_ANSWER, flags: 64 | 128 } },
        succeeded(),
        { afterMs: 2_000, event: 'MESSAGE_UPDATE', data: { id: '{id:notice}', flags: 64, content: 'Something in your request is odd.' } },
      ),
      words: 'Something in your request is odd.',
    },
  };
  for (const [name, { script, words }] of Object.entries(privateWords)) {
    testRow(name, { script, speed: MINUTES }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      assert.equal(row.asked(), 1, 'asked once');
      expectFailure(job, { words: [words] });
      assert.ok(job.tookMs < 90_000, `one wait, not ${job.tookMs} ms`);
    });
  }

  const reply: Fields = { type: 19, message_reference: { message_id: '{id:start}' } };
  const lastWords: Record<string, Script> = {
    'MJ-10: a late notice with an unknown title': readScript('mj-late-notice'),
    'MJ-10, without a colour': startedThen('a fox', progress('46%'), {
      afterMs: 400,
      event: 'MESSAGE_CREATE',
      data: {
        id: '{id:notice}',
        ...reply,
        embeds: [{ type: 'rich', title: 'Job timed out', description: 'Your job was stopped after too long a time.' }],
      },
    }),
    'MJ-10, as plain text': startedThen('a fox', progress('46%'), {
      afterMs: 400,
      event: 'MESSAGE_CREATE',
      data: { id: '{id:notice}', ...reply, content: 'Job timed out. Your job was stopped after too long a time.' },
    }),
    'MJ-10, as an edit of the start': startedThen('a fox', progress('46%'), {
      afterMs: 400,
      event: 'MESSAGE_UPDATE',
      data: {
        id: '{id:start}',
        embeds: [{ type: 'rich', title: 'Job timed out', description: 'Your job was stopped after too long a time.', color: 0 }],
      },
    }),
    'MJ-10, in a container': startedThen('a fox', progress('46%'), {
      afterMs: 400,
      event: 'MESSAGE_CREATE',
      data: {
        id: '{id:notice}',
        ...reply,
        flags: 32_768,
        components: [{ type: 17, components: [text('# Job timed out'), text('Your job was stopped after too long a time.')] }],
      },
    }),
  };
  for (const [name, script] of Object.entries(lastWords)) {
    testRow(name, { script, speed: MINUTES }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      assert.equal(row.asked(), 1, 'asked once');
      expectFailure(job, { words: ['Job timed out', 'Your job was stopped after too long a time.'] });
      assert.ok(job.tookMs < 900_000, `minutes, not ${job.tookMs} ms`);
    });
  }

  const goesOn = startedThen(
    'a fox',
    progress('46%'),
    notice(
      '',
      '',
      { ...reply, embeds: [{ type: 'rich', title: 'Slow going', description: 'This takes a little longer.', color: 0 }] },
      400,
    ),
    progress('93%', {}, 30_000),
    result(),
    gone(),
  );
  testRow('MJ-10, the job goes on after the notice', { script: goesOn, speed: MINUTES }, async (row) => {
    const [job] = await row.playAll(goesOn);
    assert.ok(job);
    await expectPicture(row, job, 8);
  });
});
