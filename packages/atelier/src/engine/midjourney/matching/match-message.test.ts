import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import { identify, settle, type Evidence, type Placement, type Unplaced } from './match-message.ts';
import { learn, type Trace } from './candidate.ts';
import { effectOfButton, NEW_GRID } from '../messages/effects.ts';
import { readMessage, toSighting, type Sighting } from '../messages/message.ts';
import { newOperation, type Operation } from '../requests/operation.ts';
import {
  botMessage,
  gridMessage,
  progressMessage,
  singleMessage,
  snowflakeAt,
  startMessage,
  USER,
  uuidOf,
} from '../testing/bot-messages.ts';

const PLANNED_AT_MS = 1_760_000_000_000;
const PROMPT = 'a red fox';
const ECHO = 'a red fox --v 7.0';
/** The n-th message after the jobs were planned. */
const id = (n: number): string => snowflakeAt(PLANNED_AT_MS + 1_000 * n);

function see(data: JsonObject): Sighting {
  const message = readMessage(data);
  assert.ok(message);
  return toSighting(message);
}

function trace(key: string, known: Partial<Operation> = {}, rest: Partial<Trace> = {}): Trace {
  const operation = newOperation({
    accountId: 'a',
    channelId: 'c',
    guildId: 'g',
    plannedAtMs: PLANNED_AT_MS,
    nonce: `nonce-${key}`,
    prompt: PROMPT,
    sourceMessageId: null,
  });
  return {
    key,
    ours: true,
    userId: USER,
    answer: 'job',
    effect: NEW_GRID,
    command: 'imagine',
    unbroken: true,
    likely: false,
    gone: [],
    patience: 'usual',
    ...rest,
    operation: { ...operation, ...known },
  };
}
const pressed = (key: string, customId: string, sourceMessageId: string, known: Partial<Operation> = {}): Trace =>
  trace(key, { prompt: null, sourceMessageId, ...known }, { effect: effectOfButton(customId), command: null });

const unplaced = (sighting: Sighting, rest: Partial<Unplaced> = {}): Unplaced => ({
  sighting,
  overdue: false,
  goneBefore: [],
  created: true,
  ...rest,
});
const named = (placement: Placement | undefined): [string, Evidence] | undefined => placement && [placement.trace.key, placement.by];
const certain = (sighting: Sighting, traces: Trace[]): [string, Evidence] | undefined => {
  const found = identify(sighting, traces);
  return found && [found.trace.key, found.by];
};

describe('identify', () => {
  test('1. our nonce', () => {
    assert.deepEqual(certain(see(startMessage({ id: id(1), prompt: ECHO, nonce: 'nonce-b' })), [trace('a'), trace('b')]), ['b', 'nonce']);
  });

  test("a nonce of the bot's own is nobody's", () => {
    assert.equal(certain(see(gridMessage({ id: id(5), prompt: ECHO, uuid: uuidOf(1), nonce: '999' })), [trace('a')]), undefined);
  });

  test('2. a known message, its update, and an answer to it', () => {
    const traces = [trace('a'), trace('b', { messageIds: [id(1)] })];
    assert.deepEqual(certain(see(progressMessage({ id: id(1), prompt: ECHO, percent: 31 })), traces), ['b', 'message']);
    assert.deepEqual(certain(see(botMessage({ id: id(2), referenceId: id(1), embeds: [{ title: 'Sorry' }] })), traces), ['b', 'message']);
  });

  test('3. an interaction of ours, directly or through a form', () => {
    const traces = [trace('a'), trace('b', { interactionIds: ['501'] })];
    assert.deepEqual(certain(see(startMessage({ id: id(1), prompt: ECHO, interaction: { id: '501', name: 'imagine' } })), traces), [
      'b',
      'interaction',
    ]);
    assert.deepEqual(certain(see(startMessage({ id: id(1), prompt: ECHO, interaction: { id: '502', triggeredBy: '501' } })), traces), [
      'b',
      'interaction',
    ]);
  });

  test('4. the uuid that the start message showed', () => {
    const shown = learn(
      trace('b', { messageIds: [id(1)] }),
      see(progressMessage({ id: id(1), prompt: ECHO, percent: 31, uuid: uuidOf(2) })),
    );
    assert.deepEqual(shown.operation.jobUuids, [uuidOf(2)]);
    assert.deepEqual(shown.operation.cancel, { messageId: id(1), customId: `MJ::CancelJob::ByJobid::${uuidOf(2)}` });
    assert.deepEqual(certain(see(gridMessage({ id: id(9), prompt: 'other words', uuid: uuidOf(2) })), [trace('a'), shown]), ['b', 'uuid']);
  });

  test('a stronger rule is not asked to agree with a weaker one', () => {
    const traces = [trace('a', { jobUuids: [uuidOf(1)] }), trace('b')];
    assert.deepEqual(certain(see(gridMessage({ id: id(5), prompt: ECHO, uuid: uuidOf(1), nonce: 'nonce-b' })), traces), ['b', 'nonce']);
  });

  test('small commands are never found by a uuid', () => {
    const seed = trace('seed', { jobUuids: [uuidOf(1)] }, { answer: 'direct-message' });
    assert.equal(certain(see(gridMessage({ id: id(5), prompt: ECHO, uuid: uuidOf(1) })), [seed]), undefined);
  });
});

describe('settle, rule 5: source and action', () => {
  const GRID = id(-100);
  const u2 = pressed('u2', `MJ::JOB::upsample::2::${uuidOf(1)}`, GRID);
  const u3 = pressed('u3', `MJ::JOB::upsample::3::${uuidOf(1)}`, GRID);
  const result = (index: number, referenceId = GRID): Sighting =>
    see(singleMessage({ id: id(3), prompt: ECHO, uuid: uuidOf(9), index, referenceId }));

  test('U2 gets Image #2 of its own grid at once, without any start message', () => {
    assert.deepEqual(named(settle([unplaced(result(2))], [u2, u3])), ['u2', 'source']);
    assert.deepEqual(named(settle([unplaced(result(3))], [u2, u3])), ['u3', 'source']);
  });

  test('not while only certain rules may speak', () => {
    assert.equal(settle([unplaced(result(2), { overdue: true })], [{ ...u2, patience: 'certain-only' }]), undefined);
  });

  test('not of another grid, not another index', () => {
    assert.equal(settle([unplaced(result(2, id(-200)))], [u2, u3]), undefined);
    assert.equal(settle([unplaced(result(4), { overdue: true })], [u2, u3]), undefined);
  });

  test('two presses of one button wait for more', () => {
    assert.equal(settle([unplaced(result(2))], [u2, { ...u2, key: 'again' }]), undefined);
  });

  test('V1 and V3 of one grid are told apart by what their start messages showed', () => {
    const v1 = pressed('v1', `MJ::JOB::variation::1::${uuidOf(1)}`, GRID, { messageIds: [id(1)], jobUuids: [uuidOf(11)] });
    const v3 = pressed('v3', `MJ::JOB::variation::3::${uuidOf(1)}`, GRID, { messageIds: [id(2)] });
    const sighting = see(gridMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(33), action: 'Variations (Strong)', referenceId: GRID }));
    assert.equal(settle([unplaced(sighting)], [v1, v3]), undefined);
    assert.deepEqual(named(settle([unplaced(sighting)], [v1, { ...v3, gone: [id(2)] }])), ['v3', 'deletion']);
  });

  test('a zoom is no variation', () => {
    const v1 = pressed('v1', `MJ::JOB::variation::1::${uuidOf(1)}`, GRID, { messageIds: [id(1)] });
    const zoom = pressed('zoom', `MJ::Outpaint::50::1::${uuidOf(1)}::SOLO`, GRID, { messageIds: [id(2)] });
    const sighting = see(gridMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(33), action: 'Zoom Out', referenceId: GRID }));
    assert.deepEqual(named(settle([unplaced(sighting, { overdue: true })], [v1, zoom])), ['zoom', 'source']);
  });
});

describe('settle, rule 6: prompt', () => {
  const final = (n: number, uuid = uuidOf(n)): Sighting => see(gridMessage({ id: id(n), prompt: ECHO, uuid }));
  const running = (key: string, n: number, rest: Partial<Trace> = {}): Trace => trace(key, { messageIds: [id(n)], echo: ECHO }, rest);

  test('the only possibility is taken when its start message goes, or after the wait', () => {
    assert.equal(settle([unplaced(final(9))], [running('a', 1)]), undefined);
    assert.deepEqual(named(settle([unplaced(final(9))], [running('a', 1, { gone: [id(1)] })])), ['a', 'deletion']);
    assert.deepEqual(named(settle([unplaced(final(9), { overdue: true })], [running('a', 1)])), ['a', 'prompt']);
  });

  test('of two equal prompts, the one whose start message goes after the result came', () => {
    const a = running('a', 1);
    const b = running('b', 2, { gone: [id(2)] });
    assert.deepEqual(named(settle([unplaced(final(9))], [a, b])), ['b', 'deletion']);
    assert.equal(settle([unplaced(final(9), { goneBefore: [id(2)] })], [a, b]), undefined);
    assert.deepEqual(named(settle([unplaced(final(9), { goneBefore: [id(2)], overdue: true })], [a, b])), ['b', 'deletion']);
  });

  test('two results and one deletion decide nothing', () => {
    const traces = [running('a', 1, { gone: [id(1)] }), running('b', 2)];
    assert.equal(settle([unplaced(final(8)), unplaced(final(9))], traces), undefined);
  });

  test('a job that showed another uuid is out of the question', () => {
    const a = trace('a', { messageIds: [id(1)], jobUuids: [uuidOf(77)], echo: ECHO });
    const b = running('b', 2, { gone: [id(2)] });
    assert.deepEqual(named(settle([unplaced(final(9))], [a, b])), ['b', 'deletion']);
    assert.equal(settle([unplaced(final(9), { overdue: true })], [a]), undefined);
  });

  test('what somebody else did is never taken', () => {
    const a = [running('a', 1, { patience: 'spent' })];
    const older = see(gridMessage({ id: id(-60), prompt: ECHO, uuid: uuidOf(5) }));
    const stranger = see(gridMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(5), userId: '77' }));
    const otherWords = see(gridMessage({ id: id(9), prompt: 'a red fox in snow --v 7.0', uuid: uuidOf(5) }));
    const reply = see(gridMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(5), referenceId: id(-100) }));
    const single = see(singleMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(5), index: 1 }));
    for (const sighting of [older, stranger, otherWords, reply, single])
      assert.equal(settle([unplaced(sighting, { overdue: true })], a), undefined);
  });

  test('a start without our nonce is not ours while nothing was missed', () => {
    const start = see(startMessage({ id: id(3), prompt: ECHO }));
    assert.equal(settle([unplaced(start, { overdue: true })], [trace('a', {}, { patience: 'spent' })]), undefined);
  });

  test('a result whose start nobody saw is not ours while nothing was missed', () => {
    assert.equal(settle([unplaced(final(9), { overdue: true })], [trace('a', {}, { patience: 'spent' })]), undefined);
    assert.deepEqual(named(settle([unplaced(final(9))], [trace('a', {}, { patience: 'spent', unbroken: false })])), ['a', 'prompt']);
  });

  test('of two jobs with the same words, the one whose parameters it shows', () => {
    const plain = running('plain', 1);
    const wide = trace('wide', { messageIds: [id(2)], prompt: 'a red fox --ar 3:2', echo: 'a red fox --ar 3:2 --v 7.0' });
    const sighting = see(gridMessage({ id: id(9), prompt: 'a red fox --ar 3:2 --v 7.0', uuid: uuidOf(1) }));
    assert.deepEqual(named(settle([unplaced(sighting, { overdue: true })], [plain, wide])), ['wide', 'prompt']);
    assert.deepEqual(named(settle([unplaced(final(9), { overdue: true })], [plain, wide])), ['plain', 'prompt']);
  });

  test('a start that names another interaction is not ours', () => {
    const start = see(startMessage({ id: id(3), prompt: ECHO, interaction: { id: '900', name: 'imagine' } }));
    const lost = trace('a', { interactionIds: ['501'] }, { unbroken: false, patience: 'spent' });
    assert.equal(settle([unplaced(start)], [lost]), undefined);
    assert.deepEqual(named(settle([unplaced(start)], [trace('a', {}, { unbroken: false, patience: 'spent' })])), ['a', 'prompt']);
  });

  test('a job that Midjourney held back begins with a new message', () => {
    const start = see(startMessage({ id: id(3), prompt: ECHO }));
    assert.deepEqual(named(settle([unplaced(start)], [trace('a', { queued: true }), trace('b')])), ['a', 'prompt']);
  });

  test('a job whose start message is there gets no second one', () => {
    const start = see(startMessage({ id: id(3), prompt: ECHO }));
    const lost = running('a', 1, { unbroken: false, patience: 'spent' });
    assert.equal(settle([unplaced(start, { overdue: true })], [lost]), undefined);
    assert.deepEqual(named(settle([unplaced(start, { overdue: true })], [{ ...lost, gone: [id(1)] }])), ['a', 'deletion']);
  });

  test("another command's message is not ours", () => {
    const start = see(startMessage({ id: id(3), prompt: ECHO, interaction: { id: '900', name: 'blend' } }));
    assert.equal(settle([unplaced(start)], [trace('a', {}, { unbroken: false, patience: 'spent' })]), undefined);
  });

  test('a job of somebody else counts as a possibility and keeps its own', () => {
    const foreign = trace('foreign', { messageIds: [id(1)], echo: ECHO, nonces: ['x'] }, { ours: false });
    const a = running('a', 2);
    assert.equal(settle([unplaced(final(9), { overdue: true })], [foreign, a]), undefined);
    assert.deepEqual(named(settle([unplaced(final(9))], [{ ...foreign, gone: [id(1)] }, a])), ['foreign', 'deletion']);
  });
});

describe('settle, while a proof may be under way', () => {
  const searching = trace('searching', {}, { unbroken: false, patience: 'spent' });
  const start = see(progressMessage({ id: id(3), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
  const result = see(gridMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(1) }));

  test('a start that was read in the history, and any result, waits for the nonce of a job that misses nothing', () => {
    const asked = trace('asked', { nonces: ['n'] });
    assert.equal(settle([unplaced(start, { created: false, overdue: true })], [searching, asked]), undefined);
    assert.equal(settle([unplaced(result, { overdue: true })], [searching, asked]), undefined);
  });

  test('not when its creation was seen without that nonce, nor when that job has its start, misses events too, or asked for something else', () => {
    const inHistory = unplaced(start, { created: false });
    assert.deepEqual(named(settle([unplaced(start)], [searching, trace('asked')])), ['searching', 'prompt']);
    for (const other of [
      trace('shown', { messageIds: [id(2)], jobUuids: [uuidOf(2)] }),
      trace('queued', { queued: true, messageIds: [id(2)], jobUuids: [uuidOf(2)] }),
      trace('other', { prompt: 'a blue whale' }),
    ])
      assert.deepEqual(named(settle([inHistory], [searching, other])), ['searching', 'prompt'], other.key);
  });
});

describe('settle, rule 7: order, when nothing tells equal prompts apart', () => {
  const final = (n: number): Sighting => see(gridMessage({ id: id(n), prompt: ECHO, uuid: uuidOf(n) }));
  const late = { overdue: true };
  const running = (key: string, n: number): Trace => trace(key, { messageIds: [id(n)], echo: ECHO });

  test('as many results as jobs: each gets one, in order', () => {
    const traces = [running('b', 2), running('a', 1)];
    const placement = settle([unplaced(final(9), late), unplaced(final(8), late)], traces);
    assert.deepEqual(named(placement), ['a', 'order']);
    assert.equal(placement?.sighting.message.id, id(8));
  });

  test('never before the wait, never with too few or too many, never with a stranger among them', () => {
    const two = [running('a', 1), running('b', 2)];
    assert.equal(settle([unplaced(final(8)), unplaced(final(9))], two), undefined);
    assert.equal(settle([unplaced(final(8), late)], two), undefined);
    assert.equal(settle([unplaced(final(7), late), unplaced(final(8), late), unplaced(final(9), late)], two), undefined);
    const mixed = [running('a', 1), { ...running('b', 2), ours: false }];
    assert.equal(settle([unplaced(final(8), late), unplaced(final(9), late)], mixed), undefined);
  });

  test('after a restart fewer messages than jobs go to those that were planned first', () => {
    const lost = (key: string, nonce: string): Trace => trace(key, { nonces: [nonce] }, { unbroken: false, patience: 'spent' });
    const placement = settle([unplaced(final(8)), unplaced(final(9))], [lost('third', '3'), lost('first', '1'), lost('second', '2')]);
    assert.deepEqual(named(placement), ['first', 'order']);
    assert.equal(settle([unplaced(final(8)), unplaced(final(9))], [lost('first', '1')]), undefined);
  });

  test('a job that Discord is known to have taken comes before one that may never have been asked, however patient it is', () => {
    const taken = trace('taken', { nonces: ['2'], interactionIds: [id(1)] }, { unbroken: false, patience: 'certain-only' });
    const perhaps = trace('perhaps', { nonces: ['1'] }, { unbroken: false, patience: 'spent' });
    assert.deepEqual(named(settle([unplaced(final(9))], [perhaps, taken])), ['taken', 'order']);
    assert.equal(settle([unplaced(final(9))], [{ ...perhaps, patience: 'certain-only' }, taken]), undefined);
  });

  test('the start and the result of one job count once', () => {
    const lost = trace('a', {}, { unbroken: false, patience: 'spent' });
    const start = see(progressMessage({ id: id(3), prompt: ECHO, percent: 93, uuid: uuidOf(1) }));
    const result = see(gridMessage({ id: id(4), prompt: ECHO, uuid: uuidOf(1) }));
    for (const both of [
      [start, result],
      [result, start],
    ]) {
      const placement = settle(
        both.map((sighting) => unplaced(sighting)),
        [lost],
      );
      assert.deepEqual([placement?.trace.key, placement?.sighting.stage], ['a', 'final']);
    }
  });
});
