import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FailureCode } from '../../../core/errors.ts';
import { snowflakeToMs } from '@atelier/lib/ids';
import type { JsonObject } from '@atelier/lib/json';
import { readMessage } from './message.ts';
import { humanCheck, isRegionEditor, readRefusal, type MidjourneyRefusal } from './refusals.ts';
import { botMessage, button, row, startMessage } from '../testing/bot-messages.ts';

const ID = '1400000000000000000';
const RED = 16_711_680;

function judge(data: JsonObject): MidjourneyRefusal | null {
  const message = readMessage(data);
  assert.ok(message);
  return readRefusal(message);
}
const embed = (title: string, description = 'why', rest: JsonObject = {}): MidjourneyRefusal | null =>
  judge(botMessage({ id: ID, embeds: [{ title, description, color: RED, ...rest }] }));

/** Source: midjourney-bot, refusals. */
const KNOWN: readonly [string, FailureCode][] = [
  ['Invalid parameter', 'prompt-invalid'],
  ['Invalid link!', 'prompt-invalid'],
  ['Invalid prompt', 'prompt-invalid'],
  ['Invalid request', 'prompt-invalid'],
  ['Empty prompt', 'prompt-invalid'],
  ['Duplicate images detected', 'prompt-invalid'],
  ['Banned prompt', 'prompt-moderated'],
  ['Banned prompt detected', 'prompt-moderated'],
  ['Banned image prompt', 'prompt-moderated'],
  ['Image denied', 'prompt-moderated'],
  ['Request cancelled due to image filters', 'prompt-moderated'],
  ['Request cancelled due to output filters', 'prompt-moderated'],
  ['Action needed to continue', 'prompt-moderated'],
  ['Pending mod message', 'pending-moderation'],
  ['Action required to continue', 'captcha-required'],
  ['Blocked', 'account-blocked'],
  ['Subscription required', 'subscription-required'],
  ['Subscription paused', 'subscription-required'],
  ['Plan Cancelled', 'subscription-required'],
  ['Job action restricted', 'upstream-refused'],
  ['Sorry! Could not complete the job!', 'upstream-failed'],
  ['Sorry, something went wrong', 'upstream-failed'],
  ['Tos not accepted', 'account-paused'],
  ['You are not allowed to DM with slash commands', 'upstream-refused'],
];

/** The instant of the message with ID: lengths count from here. */
const SENT_MS = snowflakeToMs(ID);
const inSeconds = (seconds: number): string => String(Math.floor(SENT_MS / 1_000) + seconds);
const HOUR_MS = 3_600_000;

/** Title, text, code, and the length in milliseconds. Source: midjourney-bot, temporary states. */
const HELD: readonly [string, string, FailureCode, number | null][] = [
  ['Queue full', 'Your job queue is full. Please wait for a job to finish first.', 'queue-full', null],
  ['Credits exhausted', 'You have used up your fast hours.', 'credits-exhausted', null],
  ['Credits exhausted', 'You have used all 15 hours of your plan.', 'credits-exhausted', null],
  ['Slow Down!', 'Try again in 5 minutes.', 'upstream-rate-limited', HOUR_MS / 12],
  ['Slow Down!', 'Please wait 30 seconds.', 'upstream-rate-limited', 30_000],
  ['Slow Down!', 'Try again in a few minutes.', 'upstream-rate-limited', 300_000],
  ['Too many requests', 'Try again in an hour.', 'upstream-rate-limited', HOUR_MS],
  ['Blocked', 'You have been blocked from accessing Midjourney for 1 hour.', 'account-blocked', HOUR_MS],
  ['Blocked', 'You are blocked for the next 2 days and 3 hours.', 'account-blocked', 51 * HOUR_MS],
  ['Blocked', 'Temporary block (24h).', 'account-blocked', 24 * HOUR_MS],
  ['Temporarily blocked', 'The block expires in 1.5 hours.', 'account-blocked', 1.5 * HOUR_MS],
];

describe('readRefusal', () => {
  for (const [title, code] of KNOWN) {
    test(`${title} → ${code}`, () => {
      const failure = { code, title, details: 'why' };
      for (const color of [RED, 15_548_997, 0]) assert.deepEqual(embed(title, 'why', { color }), { outcome: 'failed', failure });
      for (const content of [`${title}\nwhy`, `### ${title}\nwhy`, `**${title}**\nwhy`]) {
        const plain = judge(botMessage({ id: ID, content }));
        assert.equal(plain?.outcome === 'failed' && plain.failure.code, code, content);
      }
    });
  }

  for (const [title, details, code, forMs] of HELD) {
    test(`${title}: ${details} → held`, () => {
      assert.deepEqual(embed(title, details), { outcome: 'held', failure: { code, title, details }, forMs });
    });
  }

  test('a length may be an instant, and counts from now', () => {
    const stamp = embed('Slow Down!', `You can request another upscale for this image <t:${inSeconds(600)}:R>`);
    assert.ok(stamp?.outcome === 'held' && Math.abs((stamp.forMs ?? 0) - 600_000) < 1_000);
    const date = new Date(SENT_MS + 48 * HOUR_MS).toISOString();
    for (const text of [`until ${date}`, `until ${date.slice(0, 16).replace('T', ' ')} UTC`, `until ${date.slice(0, 10)}`]) {
      const held = embed('Blocked', `Your account is blocked ${text}.`);
      assert.ok(held?.outcome === 'held' && Math.abs((held.forMs ?? 0) - 48 * HOUR_MS) <= 24 * HOUR_MS, text);
    }
    const message = readMessage(botMessage({ id: ID, embeds: [{ title: 'Slow Down!', description: 'Try again in 5 minutes' }] }));
    assert.ok(message);
    const later = readRefusal(message, SENT_MS + 240_000);
    assert.equal(later?.outcome === 'held' && later.forMs, 60_000);
    const over = readRefusal(message, SENT_MS + HOUR_MS);
    assert.equal(over?.outcome === 'held' && over.forMs, 0);
    assert.equal(embed('Blocked', `since <t:${inSeconds(-600)}:R>`)?.outcome, 'failed');
  });

  test('Job queued is not a failure in any colour', () => {
    assert.deepEqual(embed('Job queued'), { outcome: 'queued' });
    assert.deepEqual(embed('Job queued', 'x', { color: 16_776_960 }), { outcome: 'queued' });
    assert.deepEqual(judge(botMessage({ id: ID, content: 'Job queued\nlater' })), { outcome: 'queued' });
  });

  test('a decline code in the footer means moderation', () => {
    const declined = embed('Sorry, something went wrong', 'The job encountered an error.', { footer: { text: 'decline-revise-frolic' } });
    assert.equal(declined?.outcome === 'failed' && declined.failure.code, 'prompt-moderated');
  });

  test('an unknown title of any colour is a remark with its full text, unless it sounds like a refusal', () => {
    const details = 'Your job was stopped after too long a time.';
    const failure = { code: 'upstream-refused', title: 'Job timed out', details };
    for (const color of [RED, 15_548_997, 16_776_960, 16_239_475, 65_280, 0, 12]) {
      assert.deepEqual(embed('Job timed out', details, { color }), { outcome: 'remark', failure });
    }
    assert.equal(embed('Something was denied', 'x', { color: 0 })?.outcome, 'failed');
    assert.equal(embed('Something was denied', 'x', { color: 16_776_960 })?.outcome, 'remark');
    const fields = judge(botMessage({ id: ID, embeds: [{ author: { name: 'Notice' }, fields: [{ name: 'Why', value: 'too long' }] }] }));
    assert.deepEqual(fields?.outcome === 'remark' && fields.failure, {
      code: 'upstream-refused',
      title: 'Notice',
      details: 'Why: too long',
    });
    const untitled = judge(botMessage({ id: ID, embeds: [{ description: 'No.\nNever.', color: RED }] }));
    assert.deepEqual(untitled?.outcome === 'remark' && untitled.failure, { code: 'upstream-refused', title: 'No.', details: 'Never.' });
  });

  test('plain words are a remark, in every place, and a refusal if a rule knows them', () => {
    const words = 'You have run out of fast hours. Buy more or switch to relax.';
    const failure = { code: 'upstream-refused', title: words, details: null };
    for (const flags of [0, 64]) assert.deepEqual(judge(botMessage({ id: ID, flags, content: words })), { outcome: 'remark', failure });
    const display = { type: 17, components: [{ type: 10, content: words }] };
    assert.deepEqual(judge(botMessage({ id: ID, flags: 32_768, components: [display] })), { outcome: 'remark', failure });
    const failed = judge(botMessage({ id: ID, content: 'Failed to process your command :c' }));
    assert.equal(failed?.outcome === 'failed' && failed.failure.code, 'upstream-failed');
    const removed = { type: 17, components: [{ type: 10, content: '### Request cancelled due to output filters\nSorry' }] };
    const late = judge({ ...startMessage({ id: ID, prompt: 'a fox' }), components: [removed] });
    assert.equal(late?.outcome === 'failed' && late.failure.code, 'prompt-moderated');
  });

  test('the texts of a job and of a list of prompts are no words', () => {
    assert.equal(judge(startMessage({ id: ID, prompt: 'failed invalid parameter' })), null);
    assert.equal(judge({ ...startMessage({ id: ID, prompt: 'a fox' }), components: [{ type: 10, content: 'Draft' }] }), null);
    assert.equal(judge(botMessage({ id: ID, embeds: [{ description: `**Blocked** - <@1> (46%) (fast)` }] })), null);
    assert.equal(judge(botMessage({ id: ID, embeds: [{ description: '1️⃣ a fox' }] })), null);
    assert.equal(judge(botMessage({ id: ID, components: [{ type: 10, content: '1️⃣ a fox\n2️⃣ a cat' }] })), null);
    assert.equal(judge(botMessage({ id: ID })), null);
  });

  test('embeds that Discord makes from links say nothing', () => {
    for (const made of [
      { type: 'link' },
      { type: 'article' },
      { type: 'image' },
      { type: 'video' },
      { type: 'gifv' },
      { type: 'poll_result' },
    ]) {
      assert.equal(embed('Access denied', 'why', made), null);
    }
    assert.equal(embed('Subscription required', 'why', { type: 'rich', url: 'https://a.example' }), null);
    assert.equal(embed('Subscription required', 'why', { type: 'rich', provider: { name: 'A shop' } }), null);
    assert.equal(embed('Subscription required', 'why', { type: 'rich', url: null })?.outcome, 'failed');
  });

  test('a refusal counts more than a remark before it', () => {
    const both = judge(botMessage({ id: ID, embeds: [{ title: 'Hello' }, { title: 'Banned prompt' }] }));
    assert.equal(both?.outcome, 'failed');
  });

  test('a question with buttons that nobody presses asks back', () => {
    const ask = (labels: readonly string[], customId: string, flags = 64, title = 'Please confirm'): string | undefined => {
      const components = [row(...labels.map((label) => button(label, customId)))];
      return judge(botMessage({ id: ID, flags, embeds: [{ type: 'rich', title, description: 'Go on?', color: 0 }], components }))?.outcome;
    };
    assert.equal(ask(['Yes', 'Cancel'], 'MJ::Prompts::Confirm::abc'), 'asks-back');
    assert.equal(ask(['Yes'], 'MJ::Prompts::Confirm::abc', 0), 'asks-back');
    assert.equal(ask(['Red', 'Blue'], 'MJ::Choose::abc'), 'asks-back');
    assert.equal(ask(['Feedback'], 'MJ::Feedback', 0), 'remark');
    assert.equal(ask(['U1', 'U2'], 'MJ::JOB::upsample::1::abc'), 'remark');
    assert.equal(ask(['Acknowledge'], 'MJ::Mod::Ack', 64, 'Pending mod message'), 'failed');
    assert.equal(ask(['Yes', 'No'], 'MJ::Prompts::Confirm::abc', 64, 'Job queued'), 'queued');
    const plain = judge(
      botMessage({ id: ID, flags: 64, content: 'Go on?', components: [row(button('Yes', 'MJ::X'), button('No', 'MJ::Y'))] }),
    );
    assert.deepEqual(plain?.outcome === 'asks-back' && plain.failure, { code: 'upstream-refused', title: 'Go on?', details: null });
  });
});

test('a page inside Discord is a human check unless it is the editor of Vary (Region)', () => {
  assert.equal(isRegionEditor({ title: 'Please complete the task' }, 'MJ::Inpaint::1::x::SOLO'), false);
  assert.equal(isRegionEditor({ title: '' }, null), false);
  assert.equal(isRegionEditor({ title: 'Vary (Region)' }, 'MJ::Inpaint::1::x::SOLO'), true);
  assert.equal(humanCheck({ title: '' }).code, 'captcha-required');
});
