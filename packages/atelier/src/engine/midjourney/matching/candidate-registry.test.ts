import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assert as check, constantFrom, property, shuffledSubarray } from 'fast-check';
import { createFakeClock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import type { Trace } from './candidate.ts';
import { effectOfButton, NEW_GRID } from '../messages/effects.ts';
import { readMessage } from '../messages/message.ts';
import { newOperation } from '../requests/operation.ts';
import { createRegister, type Register } from './candidate-registry.ts';
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
import type { Mailbox } from './job-event-queue.ts';

const PLANNED_AT_MS = 1_760_000_000_000;
const ECHO = 'a red fox --v 7.0';
const FACTS = { accountId: 'a', channelId: 'c', guildId: 'g', plannedAtMs: PLANNED_AT_MS };
const id = (n: number): string => snowflakeAt(PLANNED_AT_MS + 1_000 * n);

/** A number, as nonces are. */
const nonceOf = (key: string | number): string => Array.from(String(key), (sign) => sign.charCodeAt(0)).join('');

function harness() {
  const clock = createFakeClock(PLANNED_AT_MS);
  const register = createRegister({ clock, log: silentLog, userId: () => USER });
  /** Which result each job was given, by its message id. */
  const results = new Map<string, string>();
  const add = (key: string, rest: Partial<Trace> = {}): void => {
    const operation = newOperation({ ...FACTS, nonce: nonceOf(key), prompt: 'a red fox', sourceMessageId: null });
    const trace: Trace = {
      key,
      ours: true,
      userId: USER,
      answer: 'job',
      operation,
      effect: NEW_GRID,
      command: 'imagine',
      unbroken: true,
      likely: false,
      gone: [],
      patience: 'usual',
      ...rest,
    };
    const mailbox: Mailbox = {
      push(event) {
        if (event.type !== 'message' || event.sighting.stage !== 'final') return;
        assert.ok(!results.has(key), `${key} was given two results`);
        results.set(key, event.sighting.message.id);
      },
      next: () => Promise.resolve(undefined),
    };
    register.add(trace, mailbox);
  };
  return { clock, register, add, results };
}

function sight(register: Register, data: JsonObject, created = true): void {
  const message = readMessage(data);
  assert.ok(message);
  if (!register.isPlaced(message.id)) register.sight(message, created);
}

describe('ten equal prompts at once', () => {
  const KEYS = Array.from({ length: 10 }, (_, index) => index);
  const anyOrder = shuffledSubarray(KEYS, { minLength: 10, maxLength: 10 });

  test('each gets its own picture when the start messages show their uuid, finishing in any order, with or without deletion', () => {
    check(
      property(anyOrder, constantFrom('before', 'after', 'never'), (order, deletion) => {
        const { register, add, results } = harness();
        for (const key of KEYS) add(String(key));
        for (const key of KEYS) sight(register, startMessage({ id: id(key), prompt: ECHO, nonce: nonceOf(key) }));
        for (const key of KEYS) sight(register, progressMessage({ id: id(key), prompt: ECHO, percent: 15, uuid: uuidOf(key) }));
        order.forEach((key, turn) => {
          if (deletion === 'before') register.deleted([id(key)]);
          sight(register, gridMessage({ id: id(100 + turn), prompt: ECHO, uuid: uuidOf(key) }));
          if (deletion === 'after') register.deleted([id(key)]);
        });
        order.forEach((key, turn) => assert.equal(results.get(String(key)), id(100 + turn)));
      }),
      { numRuns: 60 },
    );
  });

  test('each gets its own picture by the deletions alone', () => {
    check(
      property(anyOrder, (order) => {
        const { register, add, results } = harness();
        for (const key of KEYS) add(String(key));
        for (const key of KEYS) sight(register, startMessage({ id: id(key), prompt: ECHO, nonce: nonceOf(key) }));
        order.forEach((key, turn) => {
          sight(register, gridMessage({ id: id(100 + turn), prompt: ECHO, uuid: uuidOf(key) }));
          register.deleted([id(key)]);
        });
        order.forEach((key, turn) => assert.equal(results.get(String(key)), id(100 + turn)));
      }),
      { numRuns: 60 },
    );
  });

  test('without any evidence each gets exactly one, after the wait', () => {
    const { register, add, results } = harness();
    for (const key of KEYS) add(String(key));
    for (const key of KEYS) sight(register, startMessage({ id: id(key), prompt: ECHO, nonce: nonceOf(key) }));
    for (const key of KEYS) sight(register, gridMessage({ id: id(100 + key), prompt: ECHO, uuid: uuidOf(key) }));
    assert.equal(results.size, 0);
    register.looked();
    assert.equal(results.size, 0);
    register.looked();
    assert.equal(new Set(results.values()).size, 10);
  });

  test('the start message of a result that was given out is not taken for another start', () => {
    const { register, add, results } = harness();
    for (const key of ['a', 'b']) add(key, { unbroken: false, patience: 'spent' });
    const starts = [1, 2].map((n) => progressMessage({ id: id(n), prompt: ECHO, percent: 93, uuid: uuidOf(n) }));
    for (const start of starts) sight(register, start);
    // Each has adopted one; a third job and the results, whose starts stay where they are.
    add('c', { unbroken: false, patience: 'spent' });
    sight(register, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    for (const start of starts) sight(register, start);
    sight(register, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    for (const start of starts) sight(register, start);
    assert.deepEqual([...results.values()].toSorted(), [id(11), id(12)]);
    assert.deepEqual(
      register.open().map(({ trace }) => [trace.key, trace.operation.messageIds]),
      [['c', []]],
    );
  });

  test('the history may overtake the events: a start read there first is known by the nonce that comes later', () => {
    // Read before its own event, the start seems to be the older job's: nothing was missed since the younger one was asked.
    for (const [start, lostResult] of [
      [30, 20],
      [20, 30],
    ] as const) {
      const { register, add, results } = harness();
      const press = (key: string, unbroken: boolean): void => {
        const operation = newOperation({ ...FACTS, nonce: nonceOf(key), prompt: null, sourceMessageId: id(1) });
        add(key, { operation, effect: effectOfButton(`MJ::JOB::variation::2::${uuidOf(0)}`), command: null, unbroken });
      };
      const variation = { prompt: ECHO, action: 'Variations (Strong)', referenceId: id(1) };
      press('lost', false);
      press('later', true);
      sight(register, gridMessage({ ...variation, id: id(lostResult), uuid: uuidOf(1) }));
      register.looked();
      sight(register, progressMessage({ ...variation, id: id(start), percent: 0 }), false);
      register.looked();
      // Either may be the younger one's, whose proof is still under way.
      assert.equal(results.size, 0);
      sight(register, startMessage({ ...variation, id: id(start), nonce: nonceOf('later') }));
      sight(register, progressMessage({ ...variation, id: id(start), percent: 15, uuid: uuidOf(2) }));
      sight(register, gridMessage({ ...variation, id: id(40), uuid: uuidOf(2) }));
      register.looked();
      assert.deepEqual(Object.fromEntries(results), { lost: id(lostResult), later: id(40) });
    }
  });

  test('a message that waits is recognised when its job turns out to be known', () => {
    const { register, add, results } = harness();
    add('lost', { unbroken: false, patience: 'certain-only' });
    sight(register, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    add('known');
    const known = register.open()[1];
    assert.ok(known);
    known.trace = { ...known.trace, operation: { ...known.trace.operation, jobUuids: [uuidOf(1)] } };
    register.settle();
    assert.deepEqual([...results], [['known', id(11)]]);
  });

  test('events that come twice and out of order change nothing', () => {
    const { register, add, results } = harness();
    for (const key of ['a', 'b']) add(key);
    // The update overtakes the message that it updates.
    sight(register, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
    sight(register, startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('a') }));
    sight(register, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('b') }));
    sight(register, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
    sight(register, progressMessage({ id: id(2), prompt: ECHO, percent: 15, uuid: uuidOf(2) }));
    const first = gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) });
    for (let times = 0; times < 3; times++) sight(register, first);
    register.deleted([id(1)]);
    register.deleted([id(2)]);
    register.looked();
    register.looked();
    assert.deepEqual([...results], [['a', id(11)]]);
    sight(register, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    assert.equal(results.get('b'), id(12));
  });
});

test('the start of a job that has ended, in a history that was asked for before, is not taken for the start of an equal one', () => {
  const { register, add, results } = harness();
  for (const key of ['ended', 'searching']) add(key, { unbroken: false, patience: 'spent' });
  sight(register, startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('ended') }));
  sight(register, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
  sight(register, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
  assert.deepEqual([...results], [['ended', id(11)]]);
  sight(register, startMessage({ id: id(1), prompt: ECHO }), false);
  assert.deepEqual(register.open()[0]?.trace.operation.messageIds, []);
});

test('the start of a job that a refusal has ended stays its own: an equal one does not fail with it', () => {
  for (const unbroken of [true, false]) {
    const { register, add } = harness();
    add('refused', { unbroken, patience: 'spent' });
    const start = progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) });
    sight(register, unbroken ? startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('refused') }) : start, unbroken);
    const [refused] = register.open();
    assert.deepEqual(refused?.trace.operation.messageIds, [id(1)]);
    register.end(refused);
    add('searching', { unbroken: false, patience: 'spent' });
    sight(register, start, false);
    const late = botMessage({ id: id(2), content: 'Sorry! Could not complete the job!', referenceId: id(1) });
    sight(register, late);
    assert.deepEqual(register.open()[0]?.trace.operation.messageIds, [], `unbroken: ${unbroken}`);
  }
});

test('a nonce that proves whose refusal it was sends its owner after what the other has left', () => {
  const { register, add, results } = harness();
  add('searching', { unbroken: false, patience: 'spent' });
  sight(register, progressMessage({ id: id(2), prompt: ECHO, percent: 15 }), false);
  const [searching] = register.open();
  assert.ok(searching);
  register.end(searching);
  add('asked');
  sight(register, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('asked') }));
  sight(register, progressMessage({ id: id(3), prompt: ECHO, percent: 15, uuid: uuidOf(3) }), false);
  sight(register, gridMessage({ id: id(13), prompt: ECHO, uuid: uuidOf(3) }));
  register.looked();
  register.looked();
  assert.deepEqual([...results], [['asked', id(13)]]);
});

describe('proof that comes after a likely start', () => {
  test('the owner of the nonce has its start and its result, and the other looks for its own again', () => {
    const { register, add, results } = harness();
    add('searching', { unbroken: false, patience: 'spent' });
    // Read in the history before the other job's events were under way.
    const start = progressMessage({ id: id(2), prompt: ECHO, percent: 15, uuid: uuidOf(2) });
    sight(register, start, false);
    add('asked');
    sight(register, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('asked') }));
    sight(register, start, false);
    const [searching] = register.open();
    assert.deepEqual([searching?.trace.operation.messageIds, searching?.trace.operation.jobUuids], [[], []]);
    sight(register, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    assert.deepEqual([...results], [['asked', id(12)]]);
  });

  test('also when the other has ended with the result: it is left what was the other’s', () => {
    const { register, add, results } = harness();
    add('searching', { unbroken: false, patience: 'spent' });
    const start = progressMessage({ id: id(2), prompt: ECHO, percent: 15, uuid: uuidOf(2) });
    sight(register, start, false);
    add('asked');
    sight(register, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    assert.deepEqual([...results], [['searching', id(12)]]);
    sight(register, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('asked') }));
    sight(register, start);
    sight(register, progressMessage({ id: id(3), prompt: ECHO, percent: 15, uuid: uuidOf(3) }), false);
    sight(register, gridMessage({ id: id(13), prompt: ECHO, uuid: uuidOf(3) }));
    register.looked();
    register.looked();
    assert.equal(results.get('asked'), id(13));
  });
});

describe('proof that comes after a likely gift', () => {
  /** Nothing is known of either job, and the first has been given the result of the second. */
  function confused() {
    const parts = harness();
    for (const key of ['first', 'second']) parts.add(key, { unbroken: false, patience: 'spent' });
    sight(parts.register, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    assert.deepEqual([...parts.results], [['first', id(12)]]);
    return parts;
  }
  const proveSecond = (register: Register): void => {
    sight(register, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('second') }));
    sight(register, progressMessage({ id: id(2), prompt: ECHO, percent: 15, uuid: uuidOf(2) }));
  };

  test('equal requests change places: the other gets the picture that is left', () => {
    const { register, results } = confused();
    proveSecond(register);
    sight(register, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    register.looked();
    register.looked();
    assert.equal(results.get('second'), id(11));
  });

  test('also when the start of the one that has ended comes before the proof, with its nonce or without', () => {
    for (const nonce of [nonceOf('first'), undefined]) {
      const { register, results } = confused();
      const start = { id: id(1), prompt: ECHO, ...(nonce === undefined ? {} : { nonce }) };
      sight(register, startMessage(start));
      sight(register, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
      proveSecond(register);
      sight(register, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
      register.deleted([id(1)]);
      register.looked();
      register.looked();
      assert.equal(results.get('second'), id(11), `with the nonce ${nonce}`);
    }
  });

  test('also when the picture that is left comes before the proof', () => {
    const { register, results } = confused();
    sight(register, startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('first') }));
    sight(register, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
    sight(register, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    proveSecond(register);
    // The next look at the history finds it again.
    sight(register, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    register.looked();
    register.looked();
    assert.equal(results.get('second'), id(11));
  });

  test('also when what was left seemed to be somebody else’s, its result given out or not', () => {
    for (const isOut of [false, true]) {
      const { register, results } = confused();
      sight(register, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('second') }));
      sight(register, startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('first') }));
      sight(register, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
      const left = gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) });
      if (isOut) sight(register, left);
      proveSecond(register);
      sight(register, left);
      assert.equal(results.get('second'), id(11), `given out: ${isOut}`);
    }
  });

  test('of unequal requests the one that is proved gets its own picture all the same', () => {
    const { register, add, results } = harness();
    add('first', { unbroken: false, patience: 'spent' });
    const operation = newOperation({ ...FACTS, nonce: nonceOf('second'), prompt: 'a red fox --v 7.0', sourceMessageId: null });
    sight(register, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    assert.deepEqual([...results], [['first', id(12)]]);
    add('second', { operation, unbroken: false });
    proveSecond(register);
    sight(register, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    assert.equal(results.get('second'), id(12));
  });
});

describe('somebody else in the channel', () => {
  test('choices whose events were lost are found in the history, start messages and all, and leave nothing behind', () => {
    const { register, add, results } = harness();
    const operation = (key: string) => ({ ...newOperation({ ...FACTS, nonce: nonceOf(key), prompt: null, sourceMessageId: id(1) }) });
    const choice = (index: number) => effectOfButton(`MJ::JOB::upsample::${index}::${uuidOf(0)}`);
    const press = (key: string, index: number): void =>
      add(key, { operation: operation(key), effect: choice(index), command: null, unbroken: false });
    press('two', 2);
    press('three', 3);
    for (const index of [2, 3]) {
      const content = `Upscaling image #${index} with **${ECHO}** - <@${USER}> (Waiting to start)`;
      sight(
        register,
        botMessage({ id: id(index), content, referenceId: id(1), interaction: { id: id(index), interactedMessageId: id(1) } }),
      );
    }
    for (const index of [2, 3])
      sight(register, singleMessage({ id: id(10 + index), prompt: ECHO, uuid: uuidOf(index), index, referenceId: id(1) }));
    assert.deepEqual(Object.fromEntries(results), { two: id(12), three: id(13) });
    // The start message of the first press, still in the channel, does not claim what the second one makes.
    press('two again', 2);
    sight(register, singleMessage({ id: id(20), prompt: ECHO, uuid: uuidOf(20), index: 2, referenceId: id(1) }));
    assert.equal(results.get('two again'), id(20));
  });

  test('a job started by hand keeps its own picture', () => {
    const { register, add, results } = harness();
    add('ours');
    sight(register, startMessage({ id: id(1), prompt: ECHO, nonce: 'by-hand' }));
    sight(register, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('ours') }));
    sight(register, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
    sight(register, gridMessage({ id: id(10), prompt: ECHO, uuid: uuidOf(1) }));
    register.deleted([id(1)]);
    register.looked();
    register.looked();
    assert.equal(results.size, 0);
    sight(register, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(2) }));
    register.deleted([id(2)]);
    assert.equal(results.get('ours'), id(11));
  });

  test('a job that goes on after a restart gets what was taken for somebody else’s before it was known', () => {
    const { register, add, results } = harness();
    // Read for another job, whose turn came first: a start that is still there, and its result.
    sight(register, progressMessage({ id: id(1), prompt: ECHO, percent: 93, uuid: uuidOf(1) }));
    sight(register, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    const operation = {
      ...newOperation({ ...FACTS, nonce: nonceOf('ours'), prompt: 'a red fox', sourceMessageId: null }),
      messageIds: [id(1)],
    };
    add('ours', { operation, unbroken: false, patience: 'certain-only' });
    sight(register, progressMessage({ id: id(1), prompt: ECHO, percent: 93, uuid: uuidOf(1) }));
    sight(register, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    assert.deepEqual([...results], [['ours', id(11)]]);
  });

  test('a job by hand that vanished long ago does not win ours', async () => {
    const { clock, register, add, results } = harness();
    add('ours');
    sight(register, startMessage({ id: id(1), prompt: ECHO, nonce: 'by-hand' }));
    register.deleted([id(1)]);
    await clock.advance(5_000);
    sight(register, startMessage({ id: id(6), prompt: ECHO, nonce: nonceOf('ours') }));
    sight(register, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(2) }));
    register.deleted([id(6)]);
    assert.equal(results.get('ours'), id(11));
  });

  test('the picture of a job that nobody waits for any more is not given to another', () => {
    const { register, add, results } = harness();
    add('left');
    add('other');
    sight(register, startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('left') }));
    sight(register, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('other') }));
    const [left] = register.open();
    assert.ok(left);
    register.abandon(left);
    sight(register, gridMessage({ id: id(10), prompt: ECHO, uuid: uuidOf(1) }));
    register.deleted([id(1)]);
    register.looked();
    register.looked();
    assert.equal(results.size, 0);
    sight(register, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(2) }));
    register.deleted([id(2)]);
    assert.equal(results.get('other'), id(11));
  });
});
