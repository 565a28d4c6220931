import assert from 'node:assert/strict';
import { describe } from 'node:test';
import {
  created,
  gone,
  goneInBulk,
  notice,
  PRIVATE_ANSWER,
  progress,
  result,
  start,
  startedThen,
  succeeded,
  scriptOf,
  inHistory,
} from './scripted/bot.ts';
import { isAbout, mapSteps, readScript, type Script, type Step } from './scripted/steps.ts';
import type { Fields } from './scripted/wire.ts';
import { expectAccount, expectFailure, expectPicture, readPictures } from './expect.ts';
import { AT_ONCE, MINUTES, testRow } from './row.ts';

/** Kind A: a start message that disappears proves nothing. */
describe('a start message disappears', AT_ONCE, () => {
  const withoutResult: Record<string, Script> = {
    'MJ-01: at 93 %, and no result comes': readScript('mj-gone-at-93'),
    'MJ-01, at 78 %': startedThen('a fox', progress('78%'), gone(400)),
    'MJ-01, before any progress': startedThen('a fox', gone(400)),
    'MJ-01, by a bulk deletion at 93 %': startedThen('a fox', progress('93%'), goneInBulk(400)),
    'MJ-01, with the session, so that no event tells it': startedThen(
      'a fox',
      progress('93%'),
      { do: 'lose-session' },
      { do: 'gone-from-history', data: { id: '{id:start}' }, afterMs: 300 },
    ),
  };
  for (const [name, script] of Object.entries(withoutResult)) {
    testRow(name, { script, speed: MINUTES }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      assert.equal(row.asked(), 1, 'asked once');
      expectFailure(job, { status: ['failed', 'moderated'], ...(name.includes('93 %') && { words: [/moderat/i] }) });
      assert.ok(job.tookMs >= 60_000, `waited minutes, not ${job.tookMs} ms`);
      await expectAccount(row, 'active');
    });
  }

  const late: Record<string, Script> = {};
  const original = readScript('mj-gone-result-later');
  const asReply = { type: 19, message_reference: { message_id: '{id:start}' }, referenced_message: null };
  for (const seconds of [12, 60, 120]) {
    const named = (what: string): string => `MJ-02: the result comes ${seconds} s later, ${what}`;
    late[named('as a reply to the deleted message')] = mapSteps(original, (step) =>
      isAbout(step, 'result') ? { ...step, afterMs: seconds * 1_000 } : step,
    );
    late[named('as a message of its own')] = startedThen('a fox', progress('31%'), gone(400), result({}, seconds * 1_000));
    late[named('no progress was seen')] = startedThen('a fox', gone(400), result(asReply, seconds * 1_000));
    late[named('and only the history has it')] = startedThen(
      'a fox',
      progress('93%'),
      goneInBulk(400),
      inHistory(result(), seconds * 1_000),
    );
  }
  for (const [name, script] of Object.entries(late)) {
    testRow(name, { script, speed: MINUTES }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      assert.equal(row.asked(), 1, 'asked once');
      await expectPicture(row, job, 8);
    });
  }

  const bulk: Record<string, Script> = {
    'MJ-03: the channel is emptied while three jobs run': readScript('mj-bulk-deletion'),
    'MJ-03, before any progress': { ...startedThen('a fox', goneInBulk(600), result({ ...asReply }, 15_000)), times: 3 },
    'MJ-03, strangers among the deleted': mapSteps(readScript('mj-bulk-deletion'), (step) =>
      step.event === 'MESSAGE_DELETE_BULK' ? { ...step, data: { ids: ['900000000000000001', '{id:start}', '900000000000000002'] } } : step,
    ),
    'MJ-03, the results come a minute later': mapSteps(readScript('mj-bulk-deletion'), (step) =>
      isAbout(step, 'result') ? { ...step, afterMs: 60_000 } : step,
    ),
  };
  for (const [name, script] of Object.entries(bulk)) {
    testRow(name, { script, speed: MINUTES }, async (row) => {
      const jobs = await row.playAll(script);
      assert.equal(row.asked(), 3, 'asked three times');
      for (const job of jobs) await expectPicture(row, job, 8);
      const pictures = await Promise.all(jobs.map(readPictures));
      assert.equal(new Set(pictures.map(([bytes]) => bytes?.toString('hex'))).size, 3, 'three pictures');
    });
  }

  const words = (fields: Fields): Step => notice('Content removed', 'The result did not pass our checks.', fields, 400);
  const ofDeleted: Fields = { type: 19, message_reference: { message_id: '{id:start}' } };
  const explained: Record<string, Script> = {
    'MJ-04: words, then gone': readScript('mj-words-then-gone'),
    'MJ-04, the words are public': startedThen('a fox', progress('46%'), words(ofDeleted), gone(100)),
    'MJ-04, the words come after the deletion': startedThen('a fox', progress('46%'), gone(400), words({ ...ofDeleted, flags: 64 })),
    'MJ-04, the words are an edit of the start': startedThen(
      'a fox',
      progress('46%'),
      {
        afterMs: 400,
        event: 'MESSAGE_UPDATE',
        data: {
          id: '{id:start}',
          embeds: [{ type: 'rich', title: 'Content removed', description: 'The result did not pass our checks.', color: 0 }],
        },
      },
      gone(100),
    ),
    'MJ-04, the words are plain text': startedThen(
      'a fox',
      progress('46%'),
      words({ ...ofDeleted, flags: 64, embeds: [], content: 'Content removed. The result did not pass our checks.' }),
      gone(100),
    ),
    'MJ-04, the words answer the interaction': startedThen(
      'a fox',
      progress('46%'),
      words({ ...PRIVATE_ANSWER, nonce: undefined }),
      gone(100),
    ),
  };
  for (const [name, script] of Object.entries(explained)) {
    testRow(name, { script, speed: MINUTES }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      assert.equal(row.asked(), 1, 'asked once');
      expectFailure(job, { status: ['failed', 'moderated'], words: ['Content removed', 'The result did not pass our checks.'] });
    });
  }
});

/** Kind C: "did not respond" is no answer. */
describe('Discord says that the bot did not respond', AT_ONCE, () => {
  const failed = (afterMs: number, reason = 2): Step => ({
    afterMs,
    event: 'INTERACTION_FAILURE',
    data: { id: '{interaction}', nonce: '{nonce}', reason_code: reason },
  });
  const bare: Fields = { type: 0, nonce: undefined, interaction_metadata: undefined };
  const answered: Record<string, Script> = {
    'MJ-06: and the bot answers after all': readScript('mj-did-not-respond'),
    'MJ-06, ten seconds later': scriptOf('a fox', created(), failed(3_000), start(bare, 10_000), progress('46%'), result(), gone()),
    'MJ-06, with a start that carries the nonce': scriptOf(
      'a fox',
      created(),
      failed(3_000),
      start({}, 2_000),
      progress('46%'),
      result(),
      gone(),
    ),
    'MJ-06, for an unknown reason': scriptOf('a fox', created(), failed(1_500, 1), start(bare, 500), progress('46%'), result(), gone()),
    'MJ-06, after the start': scriptOf('a fox', created(), start(), failed(3_000), progress('46%'), result(), gone(), succeeded()),
    'MJ-06, with its result alone': scriptOf('a fox', created(), failed(3_000), result({}, 9_000)),
  };
  for (const [name, script] of Object.entries(answered)) {
    testRow(name, { script }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      assert.equal(row.asked(), 1, 'asked once');
      await expectPicture(row, job, 8);
    });
  }

  const script = scriptOf('a fox', created(), failed(1_500));
  testRow('MJ-06, and the bot stays silent', { script, speed: MINUTES }, async (row) => {
    const [job] = await row.playAll(script);
    assert.ok(job);
    assert.equal(row.asked(), 1, 'asked once');
    expectFailure(job, { code: 'upstream-silent' });
    assert.ok(job.tookMs > 10_000 && job.tookMs < 50_000, `waited half a minute, not ${job.tookMs} ms`);
  });
});
