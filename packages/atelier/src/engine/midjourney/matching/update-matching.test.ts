import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assert as check, constantFrom, property, shuffledSubarray } from 'fast-check';
import { createFakeClock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import type { Candidate } from './candidate.ts';
import { effectOfButton } from '../messages/effects.ts';
import { createOperation } from '../requests/operation.ts';
import { createMatchingState, findCandidate, type MatchingState, openCandidates } from './matching-state.ts';
import {
  addCandidate,
  changeCandidate,
  countHistoryRead,
  deleteMessages,
  endCandidate,
  type Matched,
  receiveMessage,
} from './update-matching.ts';
import { botMessage, gridMessage, progressMessage, singleMessage, startMessage, CHANNEL, USER, uuidOf } from '../testing/bot-messages.ts';
import { createTestCandidate, ECHO, messageIdAt as id, PLANNED_AT_MS } from '../testing/test-candidate.ts';

const FACTS = { accountId: 'a', channelId: 'c', guildId: 'g', plannedAtMs: PLANNED_AT_MS };

/** Nonces are numbers. */
const nonceOf = (key: string | number): string => Array.from(String(key), (sign) => sign.charCodeAt(0)).join('');

/** A channel's matching as one object: keeps the state between the steps. */
function harness() {
  const clock = createFakeClock(PLANNED_AT_MS);
  /** The message id of each job's result. */
  const results = new Map<string, string>();
  let state = createMatchingState(CHANNEL, USER);
  const step = (change: (state: MatchingState, nowMs: number) => Matched): void => {
    const matched = change(state, clock.now());
    state = matched.state;
    for (const outcome of matched.outcomes) {
      if (outcome.type !== 'job' || outcome.event.type !== 'message' || outcome.event.parsed.stage !== 'final' || !outcome.candidate.isOwn)
        continue;
      assert.ok(!results.has(outcome.jobId), `${outcome.jobId} has two results`);
      if (findCandidate(state, outcome.jobId) === undefined) results.set(outcome.jobId, outcome.event.parsed.message.id);
    }
  };
  const registry = {
    receive: (data: JsonObject, created: boolean) => step((now, ms) => receiveMessage(now, data, created ? 'creation' : 'history', ms)),
    onDeleted: (ids: readonly string[]) => step((now, ms) => deleteMessages(now, ids, ms)),
    historyRead: () => step(countHistoryRead),
    end: (key: string) => step((now, ms) => endCandidate(now, key, false, ms)),
    abandon: (key: string) => step((now, ms) => endCandidate(now, key, true, ms)),
    change: (key: string, change: Partial<Candidate>) => step((now, ms) => changeCandidate(now, key, change, ms)),
    open: () => openCandidates(state),
  };
  const add = (key: string, rest: Partial<Candidate> = {}): void =>
    step((now, ms) => addCandidate(now, createTestCandidate(key, nonceOf(key), rest), ms));
  return { clock, registry, add, results };
}

type Registry = ReturnType<typeof harness>['registry'];

const receive = (registry: Registry, data: JsonObject, created = true): void => registry.receive(data, created);

describe('ten equal prompts at once', () => {
  const KEYS = Array.from({ length: 10 }, (_, index) => index);
  const anyOrder = shuffledSubarray(KEYS, { minLength: 10, maxLength: 10 });

  test('each job gets its own picture when the start messages show their uuid, in any order of results, with or without deletion', () => {
    check(
      property(anyOrder, constantFrom('before', 'after', 'never'), (arrivals, deletion) => {
        const { registry, add, results } = harness();
        for (const key of KEYS) add(String(key));
        for (const key of KEYS) receive(registry, startMessage({ id: id(key), prompt: ECHO, nonce: nonceOf(key) }));
        for (const key of KEYS) receive(registry, progressMessage({ id: id(key), prompt: ECHO, percent: 15, uuid: uuidOf(key) }));
        arrivals.forEach((key, turn) => {
          if (deletion === 'before') registry.onDeleted([id(key)]);
          receive(registry, gridMessage({ id: id(100 + turn), prompt: ECHO, uuid: uuidOf(key) }));
          if (deletion === 'after') registry.onDeleted([id(key)]);
        });
        arrivals.forEach((key, turn) => assert.equal(results.get(String(key)), id(100 + turn)));
      }),
      { numRuns: 60 },
    );
  });

  test('each job gets its own picture by the deletions alone', () => {
    check(
      property(anyOrder, (arrivals) => {
        const { registry, add, results } = harness();
        for (const key of KEYS) add(String(key));
        for (const key of KEYS) receive(registry, startMessage({ id: id(key), prompt: ECHO, nonce: nonceOf(key) }));
        arrivals.forEach((key, turn) => {
          receive(registry, gridMessage({ id: id(100 + turn), prompt: ECHO, uuid: uuidOf(key) }));
          registry.onDeleted([id(key)]);
        });
        arrivals.forEach((key, turn) => assert.equal(results.get(String(key)), id(100 + turn)));
      }),
      { numRuns: 60 },
    );
  });

  test('without any evidence each job gets exactly one result, after the wait', () => {
    const { registry, add, results } = harness();
    for (const key of KEYS) add(String(key));
    for (const key of KEYS) receive(registry, startMessage({ id: id(key), prompt: ECHO, nonce: nonceOf(key) }));
    for (const key of KEYS) receive(registry, gridMessage({ id: id(100 + key), prompt: ECHO, uuid: uuidOf(key) }));
    assert.equal(results.size, 0);
    registry.historyRead();
    assert.equal(results.size, 0);
    registry.historyRead();
    assert.equal(new Set(results.values()).size, 10);
  });

  test('the start message of a delivered result does not match another job', () => {
    const { registry, add, results } = harness();
    for (const key of ['a', 'b']) add(key, { sawAllEvents: false, likelyMatches: 'now' });
    const starts = [1, 2].map((n) => progressMessage({ id: id(n), prompt: ECHO, percent: 93, uuid: uuidOf(n) }));
    for (const start of starts) receive(registry, start);
    // Two jobs have matched one start message each. A third job follows, then the results; the start messages stay in the channel.
    add('c', { sawAllEvents: false, likelyMatches: 'now' });
    receive(registry, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    for (const start of starts) receive(registry, start);
    receive(registry, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    for (const start of starts) receive(registry, start);
    assert.deepEqual([...results.values()].toSorted(), [id(11), id(12)]);
    assert.deepEqual(
      registry.open().map(({ key, operation }) => [key, operation.messageIds]),
      [['c', []]],
    );
  });

  test('a start message that was first read in the history matches by the nonce that arrives later', () => {
    // If the start message is read before its own event, it seems to belong to the older job, because the younger job has lost no events.
    for (const [start, lostResult] of [
      [30, 20],
      [20, 30],
    ] as const) {
      const { registry, add, results } = harness();
      const press = (key: string, sawAllEvents: boolean): void => {
        const operation = createOperation({ ...FACTS, nonce: nonceOf(key), prompt: null, sourceMessageId: id(1) });
        add(key, { operation, effect: effectOfButton(`MJ::JOB::variation::2::${uuidOf(0)}`), command: null, sawAllEvents });
      };
      const variation = { prompt: ECHO, action: 'Variations (Strong)', referenceId: id(1) };
      press('lost', false);
      press('later', true);
      receive(registry, gridMessage({ ...variation, id: id(lostResult), uuid: uuidOf(1) }));
      registry.historyRead();
      receive(registry, progressMessage({ ...variation, id: id(start), percent: 0 }), false);
      registry.historyRead();
      // Each message may belong to the younger job: its proof may still arrive.
      assert.equal(results.size, 0);
      receive(registry, startMessage({ ...variation, id: id(start), nonce: nonceOf('later') }));
      receive(registry, progressMessage({ ...variation, id: id(start), percent: 15, uuid: uuidOf(2) }));
      receive(registry, gridMessage({ ...variation, id: id(40), uuid: uuidOf(2) }));
      registry.historyRead();
      assert.deepEqual(Object.fromEntries(results), { lost: id(lostResult), later: id(40) });
    }
  });

  test('an unmatched message matches once its job has learned the uuid', () => {
    const { registry, add, results } = harness();
    add('lost', { sawAllEvents: false, likelyMatches: 'never' });
    receive(registry, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    add('known');
    const known = registry.open()[1];
    assert.ok(known);
    registry.change(known.key, { operation: { ...known.operation, jobUuids: [uuidOf(1)] } });
    assert.deepEqual([...results], [['known', id(11)]]);
  });

  test('events that arrive twice and out of order change nothing', () => {
    const { registry, add, results } = harness();
    for (const key of ['a', 'b']) add(key);
    // The update arrives before the message that it updates.
    receive(registry, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
    receive(registry, startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('a') }));
    receive(registry, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('b') }));
    receive(registry, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
    receive(registry, progressMessage({ id: id(2), prompt: ECHO, percent: 15, uuid: uuidOf(2) }));
    const first = gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) });
    for (let times = 0; times < 3; times++) receive(registry, first);
    registry.onDeleted([id(1)]);
    registry.onDeleted([id(2)]);
    registry.historyRead();
    registry.historyRead();
    assert.deepEqual([...results], [['a', id(11)]]);
    receive(registry, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    assert.equal(results.get('b'), id(12));
  });
});

test('the start message of a job that has ended, read in an older history, does not match a job with an equal request', () => {
  const { registry, add, results } = harness();
  for (const key of ['ended', 'searching']) add(key, { sawAllEvents: false, likelyMatches: 'now' });
  receive(registry, startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('ended') }));
  receive(registry, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
  receive(registry, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
  assert.deepEqual([...results], [['ended', id(11)]]);
  receive(registry, startMessage({ id: id(1), prompt: ECHO }), false);
  assert.deepEqual(registry.open()[0]?.operation.messageIds, []);
});

test('the start message of a refused job does not match a job with an equal request, which would fail with it', () => {
  for (const sawAllEvents of [true, false]) {
    const { registry, add } = harness();
    add('refused', { sawAllEvents, likelyMatches: 'now' });
    const start = progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) });
    receive(registry, sawAllEvents ? startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('refused') }) : start, sawAllEvents);
    const [refused] = registry.open();
    assert.deepEqual(refused?.operation.messageIds, [id(1)]);
    registry.end(refused.key);
    add('searching', { sawAllEvents: false, likelyMatches: 'now' });
    receive(registry, start, false);
    const late = botMessage({ id: id(2), content: 'Sorry! Could not complete the job!', referenceId: id(1) });
    receive(registry, late);
    assert.deepEqual(registry.open()[0]?.operation.messageIds, [], `sawAllEvents: ${sawAllEvents}`);
  }
});

test('the owner of a refused start message, proved by its nonce, takes over the messages of the other job', () => {
  const { registry, add, results } = harness();
  add('searching', { sawAllEvents: false, likelyMatches: 'now' });
  receive(registry, progressMessage({ id: id(2), prompt: ECHO, percent: 15 }), false);
  const [searching] = registry.open();
  assert.ok(searching);
  registry.end(searching.key);
  add('asked');
  receive(registry, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('asked') }));
  receive(registry, progressMessage({ id: id(3), prompt: ECHO, percent: 15, uuid: uuidOf(3) }), false);
  receive(registry, gridMessage({ id: id(13), prompt: ECHO, uuid: uuidOf(3) }));
  registry.historyRead();
  registry.historyRead();
  assert.deepEqual([...results], [['asked', id(13)]]);
});

describe('proof after a likely match of a start message', () => {
  test('the owner of the nonce gets its start message and its result, and the other job searches again', () => {
    const { registry, add, results } = harness();
    add('searching', { sawAllEvents: false, likelyMatches: 'now' });
    // The history shows the start message before the other job has any event.
    const start = progressMessage({ id: id(2), prompt: ECHO, percent: 15, uuid: uuidOf(2) });
    receive(registry, start, false);
    add('asked');
    receive(registry, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('asked') }));
    receive(registry, start, false);
    const [searching] = registry.open();
    assert.deepEqual([searching?.operation.messageIds, searching?.operation.jobUuids], [[], []]);
    receive(registry, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    assert.deepEqual([...results], [['asked', id(12)]]);
  });

  test('if the other job has ended with the result, the owner takes over the messages of the other job', () => {
    const { registry, add, results } = harness();
    add('searching', { sawAllEvents: false, likelyMatches: 'now' });
    const start = progressMessage({ id: id(2), prompt: ECHO, percent: 15, uuid: uuidOf(2) });
    receive(registry, start, false);
    add('asked');
    receive(registry, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    assert.deepEqual([...results], [['searching', id(12)]]);
    receive(registry, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('asked') }));
    receive(registry, start);
    receive(registry, progressMessage({ id: id(3), prompt: ECHO, percent: 15, uuid: uuidOf(3) }), false);
    receive(registry, gridMessage({ id: id(13), prompt: ECHO, uuid: uuidOf(3) }));
    registry.historyRead();
    registry.historyRead();
    assert.equal(results.get('asked'), id(13));
  });
});

describe('proof after a likely match of a result', () => {
  /** No message of either job is known, and the first job has the result of the second. */
  function confused() {
    const parts = harness();
    for (const key of ['first', 'second']) parts.add(key, { sawAllEvents: false, likelyMatches: 'now' });
    receive(parts.registry, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    assert.deepEqual([...parts.results], [['first', id(12)]]);
    return parts;
  }
  const proveSecond = (registry: Registry): void => {
    receive(registry, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('second') }));
    receive(registry, progressMessage({ id: id(2), prompt: ECHO, percent: 15, uuid: uuidOf(2) }));
  };

  test('jobs with equal requests swap results: the second gets the picture of the first', () => {
    const { registry, results } = confused();
    proveSecond(registry);
    receive(registry, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    registry.historyRead();
    registry.historyRead();
    assert.equal(results.get('second'), id(11));
  });

  test('they swap when the start message of the ended job arrives before the proof, with its nonce or without', () => {
    for (const nonce of [nonceOf('first'), undefined]) {
      const { registry, results } = confused();
      const start = { id: id(1), prompt: ECHO, ...(nonce === undefined ? {} : { nonce }) };
      receive(registry, startMessage(start));
      receive(registry, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
      proveSecond(registry);
      receive(registry, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
      registry.onDeleted([id(1)]);
      registry.historyRead();
      registry.historyRead();
      assert.equal(results.get('second'), id(11), `with the nonce ${nonce}`);
    }
  });

  test('they swap when the remaining picture arrives before the proof', () => {
    const { registry, results } = confused();
    receive(registry, startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('first') }));
    receive(registry, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
    receive(registry, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    proveSecond(registry);
    // The next read of the history returns it again.
    receive(registry, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    registry.historyRead();
    registry.historyRead();
    assert.equal(results.get('second'), id(11));
  });

  test('they swap when the remaining messages seemed to be foreign, with the result delivered or not', () => {
    for (const isDelivered of [false, true]) {
      const { registry, results } = confused();
      receive(registry, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('second') }));
      receive(registry, startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('first') }));
      receive(registry, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
      const left = gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) });
      if (isDelivered) receive(registry, left);
      proveSecond(registry);
      receive(registry, left);
      assert.equal(results.get('second'), id(11), `delivered: ${isDelivered}`);
    }
  });

  test('of two jobs with different requests, the proved owner gets its own picture', () => {
    const { registry, add, results } = harness();
    add('first', { sawAllEvents: false, likelyMatches: 'now' });
    const operation = createOperation({ ...FACTS, nonce: nonceOf('second'), prompt: 'a red fox --v 7.0', sourceMessageId: null });
    receive(registry, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    assert.deepEqual([...results], [['first', id(12)]]);
    add('second', { operation, sawAllEvents: false });
    proveSecond(registry);
    receive(registry, gridMessage({ id: id(12), prompt: ECHO, uuid: uuidOf(2) }));
    assert.equal(results.get('second'), id(12));
  });
});

describe('foreign jobs in the channel', () => {
  test('U2 and U3 with lost events match in the history, start messages included, and leave no message unmatched', () => {
    const { registry, add, results } = harness();
    const operation = (key: string) => ({ ...createOperation({ ...FACTS, nonce: nonceOf(key), prompt: null, sourceMessageId: id(1) }) });
    const choice = (index: number) => effectOfButton(`MJ::JOB::upsample::${index}::${uuidOf(0)}`);
    const press = (key: string, index: number): void =>
      add(key, { operation: operation(key), effect: choice(index), command: null, sawAllEvents: false });
    press('two', 2);
    press('three', 3);
    for (const index of [2, 3]) {
      const content = `Upscaling image #${index} with **${ECHO}** - <@${USER}> (Waiting to start)`;
      receive(
        registry,
        botMessage({ id: id(index), content, referenceId: id(1), interaction: { id: id(index), interactedMessageId: id(1) } }),
      );
    }
    for (const index of [2, 3])
      receive(registry, singleMessage({ id: id(10 + index), prompt: ECHO, uuid: uuidOf(index), index, referenceId: id(1) }));
    assert.deepEqual(Object.fromEntries(results), { two: id(12), three: id(13) });
    // The start message of the first press is still in the channel. It does not match the result of the second press.
    press('two again', 2);
    receive(registry, singleMessage({ id: id(20), prompt: ECHO, uuid: uuidOf(20), index: 2, referenceId: id(1) }));
    assert.equal(results.get('two again'), id(20));
  });

  test('a job started by hand keeps its own picture', () => {
    const { registry, add, results } = harness();
    add('own');
    receive(registry, startMessage({ id: id(1), prompt: ECHO, nonce: 'by-hand' }));
    receive(registry, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('own') }));
    receive(registry, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
    receive(registry, gridMessage({ id: id(10), prompt: ECHO, uuid: uuidOf(1) }));
    registry.onDeleted([id(1)]);
    registry.historyRead();
    registry.historyRead();
    assert.equal(results.size, 0);
    receive(registry, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(2) }));
    registry.onDeleted([id(2)]);
    assert.equal(results.get('own'), id(11));
  });

  test('a job that is resumed after a restart gets messages that were registered as foreign before', () => {
    const { registry, add, results } = harness();
    // Read for another job that came first: a start message that is still in the channel, and its result.
    receive(registry, progressMessage({ id: id(1), prompt: ECHO, percent: 93, uuid: uuidOf(1) }));
    receive(registry, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    const operation = {
      ...createOperation({ ...FACTS, nonce: nonceOf('own'), prompt: 'a red fox', sourceMessageId: null }),
      messageIds: [id(1)],
    };
    add('own', { operation, sawAllEvents: false, likelyMatches: 'never' });
    receive(registry, progressMessage({ id: id(1), prompt: ECHO, percent: 93, uuid: uuidOf(1) }));
    receive(registry, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(1) }));
    assert.deepEqual([...results], [['own', id(11)]]);
  });

  test('a foreign job that vanished long ago does not get the result of a job of this server', async () => {
    const { clock, registry, add, results } = harness();
    add('own');
    receive(registry, startMessage({ id: id(1), prompt: ECHO, nonce: 'by-hand' }));
    registry.onDeleted([id(1)]);
    await clock.advance(5_000);
    receive(registry, startMessage({ id: id(6), prompt: ECHO, nonce: nonceOf('own') }));
    receive(registry, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(2) }));
    registry.onDeleted([id(6)]);
    assert.equal(results.get('own'), id(11));
  });

  test('a result that came just before the deletion of a start made by hand is not given to a job whose start vanished long ago', async () => {
    const { clock, registry, add, results } = harness();
    add('vanished');
    receive(registry, startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('vanished') }));
    registry.onDeleted([id(1)]);
    await clock.advance(60_000);
    receive(registry, startMessage({ id: id(60), prompt: ECHO, nonce: '77', interaction: { id: '900', name: 'imagine' } }));
    receive(registry, gridMessage({ id: id(70), prompt: ECHO, uuid: uuidOf(7) }));
    registry.onDeleted([id(60)]);
    await clock.advance(10_000);
    registry.historyRead();
    registry.historyRead();
    assert.equal(results.get('vanished'), undefined);
  });

  test('a picture by hand is known by its uuid, however long ago its start message was deleted', async () => {
    const { clock, registry, add, results } = harness();
    add('own', { sawAllEvents: false, likelyMatches: 'now' });
    receive(registry, startMessage({ id: id(1), prompt: ECHO, nonce: '77', interaction: { id: '900', name: 'imagine' } }));
    receive(registry, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
    registry.onDeleted([id(1)]);
    await clock.advance(60_000);
    receive(registry, gridMessage({ id: id(2), prompt: ECHO, uuid: uuidOf(1) }));
    assert.equal(results.get('own'), undefined);
  });

  test('a job that ended before its start message came does not compete with an open job', () => {
    const { registry, add, results } = harness();
    add('silent');
    const [silent] = registry.open();
    assert.ok(silent);
    registry.change('silent', { operation: { ...silent.operation, isSeen: true, interactionIds: ['900'] } });
    registry.abandon('silent');
    add('open');
    receive(registry, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('open') }));
    receive(registry, gridMessage({ id: id(10), prompt: ECHO, uuid: uuidOf(1) }));
    registry.onDeleted([id(2)]);
    assert.equal(results.get('open'), id(10));
  });

  test('two buttons of one picture are different requests: their results are never exchanged', () => {
    const { registry, add, results } = harness();
    for (const pressed of ['MJ::JOB::variation::2::u', 'MJ::JOB::variation::3::u']) {
      add(pressed, { pressed, effect: effectOfButton(pressed), sawAllEvents: false, likelyMatches: 'now' });
      const [job] = registry.open().filter(({ key }) => key === pressed);
      assert.ok(job);
      registry.change(pressed, { operation: { ...job.operation, sourceMessageId: id(0), prompt: null } });
    }
    for (const n of [1, 2]) {
      const shown = { prompt: ECHO, action: 'Variations (Strong)', referenceId: id(0) };
      receive(registry, gridMessage({ id: id(10 + n), uuid: uuidOf(n), ...shown }), false);
    }
    registry.historyRead();
    registry.historyRead();
    assert.equal(results.size, 0);
  });

  test('an event about a start message that was missing in the history makes its deletion news again', () => {
    const { registry, add } = harness();
    add('own');
    receive(registry, startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('own') }));
    registry.onDeleted([id(1)]);
    assert.deepEqual(registry.open()[0]?.deletedStartIds, [id(1)]);
    receive(registry, progressMessage({ id: id(1), prompt: ECHO, percent: 15, uuid: uuidOf(1) }), false);
    assert.deepEqual(registry.open()[0]?.deletedStartIds, [id(1)]);
    receive(registry, progressMessage({ id: id(1), prompt: ECHO, percent: 31, uuid: uuidOf(1) }));
    assert.deepEqual(registry.open()[0]?.deletedStartIds, []);
  });

  test('the picture of a stopped job is not delivered to another job', () => {
    const { registry, add, results } = harness();
    add('left');
    add('other');
    receive(registry, startMessage({ id: id(1), prompt: ECHO, nonce: nonceOf('left') }));
    receive(registry, startMessage({ id: id(2), prompt: ECHO, nonce: nonceOf('other') }));
    const [left] = registry.open();
    assert.ok(left);
    registry.abandon(left.key);
    receive(registry, gridMessage({ id: id(10), prompt: ECHO, uuid: uuidOf(1) }));
    registry.onDeleted([id(1)]);
    registry.historyRead();
    registry.historyRead();
    assert.equal(results.size, 0);
    receive(registry, gridMessage({ id: id(11), prompt: ECHO, uuid: uuidOf(2) }));
    registry.onDeleted([id(2)]);
    assert.equal(results.get('other'), id(11));
  });
});

describe('a channel that is emptied', () => {
  test('a result that waits for its job is delivered although it was deleted', () => {
    const { registry, add, results } = harness();
    for (const key of [1, 2]) {
      add(String(key));
      receive(registry, startMessage({ id: id(key), prompt: ECHO, nonce: nonceOf(key) }));
    }
    receive(registry, gridMessage({ id: id(101), prompt: ECHO, uuid: uuidOf(1) }));
    registry.onDeleted([id(1), id(2), id(101)]);
    receive(registry, gridMessage({ id: id(102), prompt: ECHO, uuid: uuidOf(2) }));
    for (let read = 0; read < 3; read += 1) registry.historyRead();
    assert.deepEqual([results.get('1'), results.get('2')], [id(101), id(102)]);
  });
});
