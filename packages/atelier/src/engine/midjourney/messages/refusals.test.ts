import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FailureCode } from '../../../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';
import { readMessage } from './message.ts';
import { humanCheck, isRegionEditor, readRefusal, type MidjourneyRefusal } from './refusals.ts';
import { botMessage, startMessage } from '../testing/bot-messages.ts';

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
  ['Queue full', 'queue-full'],
  ['Pending mod message', 'pending-moderation'],
  ['Action required to continue', 'captcha-required'],
  ['Blocked', 'account-blocked'],
  ['Subscription required', 'subscription-required'],
  ['Subscription paused', 'subscription-required'],
  ['Plan Cancelled', 'subscription-required'],
  ['Credits exhausted', 'credits-exhausted'],
  ['Slow Down!', 'upstream-rate-limited'],
  ['Job action restricted', 'upstream-refused'],
  ['Sorry! Could not complete the job!', 'upstream-failed'],
  ['Sorry, something went wrong', 'upstream-failed'],
  ['Tos not accepted', 'account-paused'],
  ['You are not allowed to DM with slash commands', 'upstream-refused'],
  ['A title that nobody has seen before', 'upstream-refused'],
];

describe('readRefusal', () => {
  for (const [title, code] of KNOWN) {
    test(`${title} → ${code}`, () => {
      assert.deepEqual(embed(title), { outcome: 'failed', failure: { code, title, details: 'why' } });
    });
  }

  test('Job queued is not a failure in any colour', () => {
    assert.deepEqual(embed('Job queued'), { outcome: 'queued' });
    assert.deepEqual(embed('Job queued', 'x', { color: 16_776_960 }), { outcome: 'queued' });
  });

  test('a decline code in the footer means moderation', () => {
    const declined = embed('Sorry, something went wrong', 'The job encountered an error.', { footer: { text: 'decline-revise-frolic' } });
    assert.equal(declined?.outcome === 'failed' && declined.failure.code, 'prompt-moderated');
  });

  test('an unknown title that is not red is a remark, unless it sounds like a refusal', () => {
    assert.equal(embed('Credits are low', 'x', { color: 16_776_960 })?.outcome, 'remark');
    assert.equal(embed('Shortened prompts', 'x', { color: 0 })?.outcome, 'remark');
    assert.equal(embed('Something was denied', 'x', { color: 0 })?.outcome, 'failed');
  });

  test('plain text is a refusal only if its wording is known', () => {
    const plain = judge(botMessage({ id: ID, content: 'Invalid parameter\nUnrecognized parameter(s): `--foo`' }));
    assert.deepEqual(plain, {
      outcome: 'failed',
      failure: { code: 'prompt-invalid', title: 'Invalid parameter', details: 'Unrecognized parameter(s): `--foo`' },
    });
    const failed = judge(botMessage({ id: ID, content: 'Failed to process your command :c' }));
    assert.equal(failed?.outcome === 'failed' && failed.failure.code, 'upstream-failed');
    assert.equal(judge(botMessage({ id: ID, content: 'Done! Note that once you exhaust …' })), null);
    assert.equal(judge(startMessage({ id: ID, prompt: 'failed invalid parameter' })), null);
  });

  test('a red embed without title is a refusal, other embeds without title are answers', () => {
    assert.equal(judge(botMessage({ id: ID, embeds: [{ description: 'No.', color: RED }] }))?.outcome, 'failed');
    assert.equal(judge(botMessage({ id: ID, embeds: [{ description: '1️⃣ a fox' }] })), null);
  });
});

test('a page inside Discord is a human check unless it is the editor of Vary (Region)', () => {
  assert.equal(isRegionEditor({ title: 'Please complete the task' }, 'MJ::Inpaint::1::x::SOLO'), false);
  assert.equal(isRegionEditor({ title: '' }, null), false);
  assert.equal(isRegionEditor({ title: 'Vary (Region)' }, 'MJ::Inpaint::1::x::SOLO'), true);
  assert.equal(humanCheck({ title: '' }).code, 'captcha-required');
});
