import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import type { JobFailure } from '../../../../core/errors.ts';
import type { Candidate } from '../../matching/candidate.ts';
import { parseMessage, readMessage } from '../../messages/message.ts';
import { botMessage, gridMessage, progressMessage, startMessage, uuidOf } from '../../testing/bot-messages.ts';
import { createTestCandidate, ECHO, messageIdAt as id, PLANNED_AT_MS as NOW } from '../../testing/test-candidate.ts';
import { type Course, type CourseEvent, createCourse, LOST, type Phase, SILENT } from './course.ts';
import { updateCourse } from './update-course.ts';

const SETTINGS = { firstAnswerTimeoutMs: 60_000, historyGraceMs: 5_000, vanishedWaitMs: 300_000 };
const LIMITED: JobFailure = { code: 'upstream-rate-limited', title: 'Slow down', details: null };
const WORDS: JobFailure = { code: 'upstream-refused', title: 'Content removed', details: null };
const NONCE = '77';

type Known = Partial<Candidate['operation']>;

function job(course: Partial<Course> = {}, known: Known = {}) {
  const candidate = createTestCandidate('job', NONCE);
  const operation = { ...candidate.operation, ...known };
  const facts = { jobId: 'job', verb: 'imagine', input: { prompt: 'a red fox' }, pressed: null, status: 'starting', operation } as const;
  return { course: { ...createCourse(facts), ...course }, candidate: { ...candidate, operation } };
}

const command = (course: Partial<Course> = {}) => job({ ...course, verb: 'info', input: {} });

const update = (state: ReturnType<typeof job>, event: CourseEvent, nowMs = NOW) =>
  updateCourse(state, event, { nowMs, settings: SETTINGS, newNonce: () => '99' });

const message = (data: JsonObject): CourseEvent => {
  const read = readMessage(data);
  assert.ok(read);
  return { type: 'message', parsed: parseMessage(read), by: 'nonce' };
};

const START = startMessage({ id: id(1), prompt: ECHO, nonce: NONCE });
const PROGRESS = progressMessage({ id: id(1), prompt: ECHO, percent: 46, uuid: uuidOf(1) });
const RESULT = gridMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(1) });
const privately = (title: string, description: string): JsonObject =>
  botMessage({ id: id(2), nonce: NONCE, flags: 64, embeds: [{ type: 'rich', title, description, color: 16_711_680 }] });

const ANSWER: Phase = { for: 'answer', untilMs: NOW + 60_000, history: 'unread' };
const RESULT_PHASE: Phase = { for: 'result', movedAtMs: NOW, untilMs: NOW + 60_000, history: 'unread' };
const SEARCH: Phase = { for: 'search', otherwise: LOST, sinceMs: NOW, untilMs: NOW + 5_000, endsAtMs: NOW + 300_000, history: 'unread' };
const seen: Known = { isSeen: true, messageIds: [id(1)], jobUuids: [uuidOf(1)] };

/** [what, the job, the event, its next phase (null: it has ended), the effects]. */
const ROWS: readonly [string, ReturnType<typeof job>, CourseEvent, string | null, string[]][] = [
  ['a new job sends its request', job(), { type: 'begin', isResumed: false }, 'request', ['ask request']],
  ['a resumed job searches first', job({}, seen), { type: 'begin', isResumed: true }, 'search', ['read-history']],
  ['Discord accepts', job(), { type: 'ask-accepted', nonce: NONCE }, 'answer', []],
  ['Discord accepts after events were lost', job({ lostEventsWhileAsking: true }), { type: 'ask-accepted', nonce: NONCE }, 'search', []],
  ['an answer to an older request', job(), { type: 'ask-accepted', nonce: '1' }, 'request', []],
  [
    'not sent: a passing state',
    job(),
    { type: 'ask-failed', nonce: NONCE, failure: LIMITED, outcome: 'refused', forMs: 45_000 },
    null,
    ['trouble hold', 'report requeued'],
  ],
  [
    'refused for a reason that stays',
    job(),
    { type: 'ask-failed', nonce: NONCE, failure: WORDS, outcome: 'refused', forMs: null },
    null,
    ['report failed'],
  ],
  ['perhaps sent', job(), { type: 'ask-failed', nonce: NONCE, failure: SILENT, outcome: 'unknown', forMs: null }, 'search', ['warning']],
  ['an interaction id', job({ phase: ANSWER }), { type: 'interaction', isAnswered: false }, 'answer', ['report operation']],
  ['did not respond', job({ phase: ANSWER }), { type: 'interaction-failed' }, 'answer', []],
  ['a start message', job({ phase: ANSWER }), message(START), 'result', ['report started']],
  ['progress', job({ phase: RESULT_PHASE, status: 'started' }, seen), message(PROGRESS), 'result', ['report progress']],
  ['the result', job({ phase: RESULT_PHASE }, seen), message(RESULT), null, ['report completed']],
  ['the result while it is searched for', job({ phase: SEARCH }, seen), message(RESULT), null, ['report completed']],
  ['a vanished start', job({ phase: RESULT_PHASE }, seen), { type: 'start-deleted' }, 'search', []],
  ['words of the bot', job({ phase: RESULT_PHASE }, seen), message(privately('Job timed out', 'x')), 'result', ['report operation']],
  ['moderation', job({ phase: ANSWER }), message(privately('Banned prompt', 'x')), null, ['report failed']],
  ['a pause', job({ phase: ANSWER }), message(privately('Pending mod message', 'x')), null, ['trouble pause', 'report failed']],
  ['a full queue', job({ phase: ANSWER }), message(privately('Queue full', 'x')), null, ['trouble hold', 'report requeued']],
  [
    'a limit, for a small command',
    command(),
    { type: 'ask-failed', nonce: NONCE, failure: LIMITED, outcome: 'refused', forMs: 45_000 },
    null,
    ['trouble hold', 'report requeued'],
  ],
  [
    'a block with a length, for a small command',
    command({ phase: ANSWER }),
    message(privately('Blocked', 'Wait for 5 minutes')),
    null,
    ['trouble hold', 'report requeued'],
  ],
  ['lost events while asking', job(), { type: 'events-lost' }, 'request', []],
  ['lost events of a running job', job({ phase: RESULT_PHASE }, seen), { type: 'events-lost' }, 'result', []],
  ['lost events before any message', job({ phase: ANSWER }), { type: 'events-lost' }, 'search', []],
  ['a human check of the account', job({ phase: ANSWER }), { type: 'account-stopped', failure: WORDS }, null, ['report failed']],
  ['a human check beside a running job', job({ phase: RESULT_PHASE }, seen), { type: 'account-stopped', failure: WORDS }, 'result', []],
];

const nameOf = (effect: ReturnType<typeof update>['effects'][number]): string => {
  if (effect.type === 'report') return `report ${effect.update.type}`;
  if (effect.type === 'ask') return `ask ${effect.ask.kind}`;
  return effect.type === 'trouble' ? `trouble ${effect.trouble.kind}` : effect.type;
};

describe('the course of a job, event by event', () => {
  for (const [what, state, event, phase, effects] of ROWS) {
    test(what, () => {
      const next = update(state, event);
      assert.deepEqual([next.isEnded ? null : next.course.phase.for, next.effects.map(nameOf)], [phase, effects]);
      assert.deepEqual(JSON.parse(JSON.stringify(next.course)), next.course, 'a course is plain JSON');
    });
  }
});

describe('the end of a wait', () => {
  const at = (phase: Phase, known: Known, nowMs: number) => update(job({ phase }, known), { type: 'tick' }, nowMs);

  test('before anything is given up the history is read', () => {
    for (const phase of [ANSWER, RESULT_PHASE, SEARCH]) {
      const next = at(phase, seen, NOW + 60_000);
      assert.deepEqual(next.effects.map(nameOf), ['read-history']);
      assert.ok('history' in next.course.phase && next.course.phase.history === 'reading');
    }
  });

  test('a history that cannot be read decides nothing', () => {
    const next = update(
      job({ phase: { ...SEARCH, history: 'reading' } }, seen),
      { type: 'history-read', isOk: false, isPerhapsShown: false },
      NOW + 300_000,
    );
    assert.deepEqual([next.isEnded, next.course.phase.for], [false, 'search']);
  });

  test('an answered job without a message is searched for; without an answer it fails', () => {
    const reading: Phase = { ...ANSWER, history: 'reading' };
    const after = (isAnswered: boolean) =>
      update(
        job({ phase: reading, isAnswered }, { isSeen: true }),
        { type: 'history-read', isOk: true, isPerhapsShown: false },
        NOW + 60_000,
      );
    assert.deepEqual([after(true).course.phase.for, after(true).isEnded], ['search', false]);
    assert.deepEqual(after(false).effects.map(nameOf), ['report failed']);
  });

  const given = (known: Known, otherwise = LOST) =>
    update(
      job({ phase: { ...SEARCH, otherwise, history: 'reading' } }, known),
      { type: 'history-read', isOk: true, isPerhapsShown: false },
      NOW + 300_000,
    );

  test('a seen job asks for its result by /show, and is not ordered again', () => {
    assert.deepEqual(given(seen).effects.map(nameOf), ['ask show']);
    assert.deepEqual(given({ ...seen, isRescued: true }).effects.map(nameOf), ['report failed']);
  });

  test('an unseen job that may have messages in the channel waits for evidence, and is not asked for again', () => {
    const read = (nowMs: number, isPerhapsShown: boolean) => {
      const phase: Phase = { ...SEARCH, endsAtMs: NOW + 5_000, history: 'reading' };
      return update(job({ phase }), { type: 'history-read', isOk: true, isPerhapsShown }, nowMs);
    };
    const waiting = read(NOW + 20_000, true);
    assert.deepEqual([waiting.course.phase.for, waiting.effects], ['search', []]);
    assert.deepEqual(read(NOW + 20_000, false).effects.map(nameOf), ['warning', 'ask request'], 'the messages were of others');
    assert.deepEqual(read(NOW + 300_000, true).effects.map(nameOf), ['report failed']);
    const resumed = job({ phase: { ...SEARCH, endsAtMs: NOW + 5_000, history: 'reading' }, isResumed: true });
    const event = { type: 'history-read', isOk: true, isPerhapsShown: true } as const;
    assert.deepEqual(update(resumed, event, NOW + 20_000).effects.map(nameOf), ['warning', 'ask request'], 'after a restart');
  });

  test('an unseen job is ordered once more, under a new nonce that is written first', () => {
    const next = given({});
    assert.deepEqual(next.effects.map(nameOf), ['warning', 'ask request']);
    const asked = next.effects.at(-1);
    assert.ok(asked?.type === 'ask' && asked.mustWrite && asked.nonce === '99');
    assert.deepEqual(given({ attempts: 2 }).effects.map(nameOf), ['report failed']);
  });

  const failureOf = (known: Known): JobFailure | undefined => {
    const [effect] = given({ ...seen, isRescued: true, ...known }).effects;
    return effect?.type === 'report' && effect.update.type === 'failed' ? effect.update.failure : undefined;
  };

  test('the failure says the last words of the bot, or that a late deletion looks like moderation', () => {
    const lastWords = { failure: WORDS, message: { id: id(2), content: '', timestamp: '', flags: 64, embeds: [] } };
    assert.deepEqual(failureOf({ lastWords }), WORDS);
    assert.equal(failureOf({ percent: 93 })?.code, 'prompt-moderated');
    assert.equal(failureOf({ percent: 40 })?.code, 'upstream-failed');
  });
});
