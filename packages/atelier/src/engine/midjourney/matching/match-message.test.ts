import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import { findCertainMatch, findLikelyMatch, type Match } from './match-message.ts';
import type { Evidence, UnmatchedMessage } from './matching-state.ts';
import { learnFrom, type Candidate } from './candidate.ts';
import { effectOfButton } from '../messages/effects.ts';
import { readMessage, parseMessage, type ParsedMessage } from '../messages/message.ts';
import type { MidjourneyOperation } from '../requests/operation.ts';
import { botMessage, gridMessage, progressMessage, singleMessage, startMessage, uuidOf } from '../testing/bot-messages.ts';
import { createTestCandidate, ECHO, messageIdAt as id } from '../testing/test-candidate.ts';

function see(data: JsonObject): ParsedMessage {
  const message = readMessage(data);
  assert.ok(message);
  return parseMessage(message);
}

function candidate(key: string, known: Partial<MidjourneyOperation> = {}, rest: Partial<Candidate> = {}): Candidate {
  const found = createTestCandidate(key, `nonce-${key}`, rest);
  return { ...found, operation: { ...found.operation, ...known } };
}
const pressed = (key: string, customId: string, sourceMessageId: string, known: Partial<MidjourneyOperation> = {}): Candidate =>
  candidate(key, { prompt: null, sourceMessageId, ...known }, { effect: effectOfButton(customId), command: null });

const unmatched = (parsed: ParsedMessage, rest: Partial<UnmatchedMessage> = {}): UnmatchedMessage => ({
  parsed,
  waitedLongEnough: false,
  sinceMs: 0,
  deletedBefore: [],
  sawCreation: true,
  ...rest,
});
const named = (match: Match | undefined): [string, Evidence] | undefined => match && [match.candidate.key, match.by];
const certain = (parsed: ParsedMessage, candidates: Candidate[]): [string, Evidence] | undefined => {
  const found = findCertainMatch(parsed, candidates);
  return found && [found.candidate.key, found.by];
};

describe('findCertainMatch', () => {
  test('1. a nonce of this server', () => {
    assert.deepEqual(certain(see(startMessage({ id: id(1), prompt: ECHO, nonce: 'nonce-b' })), [candidate('a'), candidate('b')]), [
      'b',
      'nonce',
    ]);
  });

  test('a nonce of the bot matches no job', () => {
    assert.equal(certain(see(gridMessage({ id: id(5), prompt: ECHO, uuid: uuidOf(1), nonce: '999' })), [candidate('a')]), undefined);
  });

  test('2. a known message, its update, and an answer to it', () => {
    const candidates = [candidate('a'), candidate('b', { messageIds: [id(1)] })];
    assert.deepEqual(certain(see(progressMessage({ id: id(1), prompt: ECHO, percent: 31 })), candidates), ['b', 'message']);
    assert.deepEqual(certain(see(botMessage({ id: id(2), referenceId: id(1), embeds: [{ title: 'Sorry' }] })), candidates), [
      'b',
      'message',
    ]);
  });

  test('3. an interaction of the job, directly or through a form', () => {
    const candidates = [candidate('a'), candidate('b', { interactionIds: ['501'] })];
    assert.deepEqual(certain(see(startMessage({ id: id(1), prompt: ECHO, interaction: { id: '501', name: 'imagine' } })), candidates), [
      'b',
      'interaction',
    ]);
    assert.deepEqual(certain(see(startMessage({ id: id(1), prompt: ECHO, interaction: { id: '502', triggeredBy: '501' } })), candidates), [
      'b',
      'interaction',
    ]);
  });

  test('4. the uuid that the start message showed', () => {
    const shown = learnFrom(
      candidate('b', { messageIds: [id(1)] }),
      see(progressMessage({ id: id(1), prompt: ECHO, percent: 31, uuid: uuidOf(2) })),
    );
    assert.deepEqual(shown.operation.jobUuids, [uuidOf(2)]);
    assert.deepEqual(shown.operation.cancel, { messageId: id(1), customId: `MJ::CancelJob::ByJobid::${uuidOf(2)}` });
    assert.deepEqual(certain(see(gridMessage({ id: id(9), prompt: 'other words', uuid: uuidOf(2) })), [candidate('a'), shown]), [
      'b',
      'uuid',
    ]);
  });

  test('a stronger rule decides even if a weaker rule finds another job', () => {
    const candidates = [candidate('a', { jobUuids: [uuidOf(1)] }), candidate('b')];
    assert.deepEqual(certain(see(gridMessage({ id: id(5), prompt: ECHO, uuid: uuidOf(1), nonce: 'nonce-b' })), candidates), ['b', 'nonce']);
  });

  test('a uuid never matches a small command', () => {
    const seed = candidate('seed', { jobUuids: [uuidOf(1)] }, { answer: 'direct-message' });
    assert.equal(certain(see(gridMessage({ id: id(5), prompt: ECHO, uuid: uuidOf(1) })), [seed]), undefined);
  });
});

describe('findLikelyMatch, rule 5: source and action', () => {
  const GRID = id(-100);
  const u2 = pressed('u2', `MJ::JOB::upsample::2::${uuidOf(1)}`, GRID);
  const u3 = pressed('u3', `MJ::JOB::upsample::3::${uuidOf(1)}`, GRID);
  const result = (index: number, referenceId = GRID): ParsedMessage =>
    see(singleMessage({ id: id(3), prompt: ECHO, uuid: uuidOf(9), index, referenceId }));

  test('U2 gets Image #2 of its own grid at once, without any start message', () => {
    assert.deepEqual(named(findLikelyMatch([unmatched(result(2))], [u2, u3])), ['u2', 'source']);
    assert.deepEqual(named(findLikelyMatch([unmatched(result(3))], [u2, u3])), ['u3', 'source']);
  });

  test('no likely match while only certain matches are allowed', () => {
    assert.equal(findLikelyMatch([unmatched(result(2), { waitedLongEnough: true })], [{ ...u2, likelyMatches: 'never' }]), undefined);
  });

  test('no match with another grid or another index', () => {
    assert.equal(findLikelyMatch([unmatched(result(2, id(-200)))], [u2, u3]), undefined);
    assert.equal(findLikelyMatch([unmatched(result(4), { waitedLongEnough: true })], [u2, u3]), undefined);
  });

  test('two presses of one button wait for more evidence', () => {
    assert.equal(findLikelyMatch([unmatched(result(2))], [u2, { ...u2, key: 'again' }]), undefined);
  });

  test('the uuids in their start messages distinguish V1 and V3 of one grid', () => {
    const v1 = pressed('v1', `MJ::JOB::variation::1::${uuidOf(1)}`, GRID, { messageIds: [id(1)], jobUuids: [uuidOf(11)] });
    const v3 = pressed('v3', `MJ::JOB::variation::3::${uuidOf(1)}`, GRID, { messageIds: [id(2)] });
    const parsed = see(gridMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(33), action: 'Variations (Strong)', referenceId: GRID }));
    assert.equal(findLikelyMatch([unmatched(parsed)], [v1, v3]), undefined);
    assert.deepEqual(named(findLikelyMatch([unmatched(parsed)], [v1, { ...v3, deletedStartIds: [id(2)] }])), ['v3', 'deletion']);
  });

  test('a zoom does not match a variation', () => {
    const v1 = pressed('v1', `MJ::JOB::variation::1::${uuidOf(1)}`, GRID, { messageIds: [id(1)] });
    const zoom = pressed('zoom', `MJ::Outpaint::50::1::${uuidOf(1)}::SOLO`, GRID, { messageIds: [id(2)] });
    const parsed = see(gridMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(33), action: 'Zoom Out', referenceId: GRID }));
    assert.deepEqual(named(findLikelyMatch([unmatched(parsed, { waitedLongEnough: true })], [v1, zoom])), ['zoom', 'source']);
  });
});

describe('findLikelyMatch, rule 6: prompt', () => {
  const final = (n: number, uuid = uuidOf(n)): ParsedMessage => see(gridMessage({ id: id(n), prompt: ECHO, uuid }));
  const running = (key: string, n: number, rest: Partial<Candidate> = {}): Candidate =>
    candidate(key, { messageIds: [id(n)], echo: ECHO }, rest);

  test('the only possible job matches when its start message is deleted, or after the wait', () => {
    assert.equal(findLikelyMatch([unmatched(final(9))], [running('a', 1)]), undefined);
    assert.deepEqual(named(findLikelyMatch([unmatched(final(9))], [running('a', 1, { deletedStartIds: [id(1)] })])), ['a', 'deletion']);
    assert.deepEqual(named(findLikelyMatch([unmatched(final(9), { waitedLongEnough: true })], [running('a', 1)])), ['a', 'prompt']);
  });

  test('of two equal prompts, the job matches that has its start message deleted after the result arrived', () => {
    const a = running('a', 1);
    const b = running('b', 2, { deletedStartIds: [id(2)] });
    assert.deepEqual(named(findLikelyMatch([unmatched(final(9))], [a, b])), ['b', 'deletion']);
    assert.equal(findLikelyMatch([unmatched(final(9), { deletedBefore: [id(2)] })], [a, b]), undefined);
    assert.deepEqual(named(findLikelyMatch([unmatched(final(9), { deletedBefore: [id(2)], waitedLongEnough: true })], [a, b])), [
      'b',
      'deletion',
    ]);
  });

  test('two results and one deletion decide nothing', () => {
    const candidates = [running('a', 1, { deletedStartIds: [id(1)] }), running('b', 2)];
    assert.equal(findLikelyMatch([unmatched(final(8)), unmatched(final(9))], candidates), undefined);
  });

  test('a job that showed another uuid is impossible', () => {
    const a = candidate('a', { messageIds: [id(1)], jobUuids: [uuidOf(77)], echo: ECHO });
    const b = running('b', 2, { deletedStartIds: [id(2)] });
    assert.deepEqual(named(findLikelyMatch([unmatched(final(9))], [a, b])), ['b', 'deletion']);
    assert.equal(findLikelyMatch([unmatched(final(9), { waitedLongEnough: true })], [a]), undefined);
  });

  test('the result of a foreign job never matches', () => {
    const a = [running('a', 1, { likelyMatches: 'now' })];
    const older = see(gridMessage({ id: id(-60), prompt: ECHO, uuid: uuidOf(5) }));
    const otherUser = see(gridMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(5), userId: '77' }));
    const otherWords = see(gridMessage({ id: id(9), prompt: 'a red fox in snow --v 7.0', uuid: uuidOf(5) }));
    const reply = see(gridMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(5), referenceId: id(-100) }));
    const single = see(singleMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(5), index: 1 }));
    for (const parsed of [older, otherUser, otherWords, reply, single])
      assert.equal(findLikelyMatch([unmatched(parsed, { waitedLongEnough: true })], a), undefined);
  });

  test('a start message without the nonce of the job does not match while no event was lost', () => {
    const start = see(startMessage({ id: id(3), prompt: ECHO }));
    assert.equal(
      findLikelyMatch([unmatched(start, { waitedLongEnough: true })], [candidate('a', {}, { likelyMatches: 'now' })]),
      undefined,
    );
  });

  test('a result without a start message does not match while no event was lost', () => {
    assert.equal(
      findLikelyMatch([unmatched(final(9), { waitedLongEnough: true })], [candidate('a', {}, { likelyMatches: 'now' })]),
      undefined,
    );
    assert.deepEqual(named(findLikelyMatch([unmatched(final(9))], [candidate('a', {}, { likelyMatches: 'now', sawAllEvents: false })])), [
      'a',
      'prompt',
    ]);
  });

  test('of two jobs with the same words, the job with the shown parameters matches', () => {
    const plain = running('plain', 1);
    const wide = candidate('wide', { messageIds: [id(2)], prompt: 'a red fox --ar 3:2', echo: 'a red fox --ar 3:2 --v 7.0' });
    const parsed = see(gridMessage({ id: id(9), prompt: 'a red fox --ar 3:2 --v 7.0', uuid: uuidOf(1) }));
    assert.deepEqual(named(findLikelyMatch([unmatched(parsed, { waitedLongEnough: true })], [plain, wide])), ['wide', 'prompt']);
    assert.deepEqual(named(findLikelyMatch([unmatched(final(9), { waitedLongEnough: true })], [plain, wide])), ['plain', 'prompt']);
  });

  test('a result may reply to a start message that was never seen, but not to a message older than the job', () => {
    const lost = candidate('a', {}, { sawAllEvents: false, likelyMatches: 'now' });
    const reply = (referenceId: string): ParsedMessage => see(gridMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(1), referenceId }));
    assert.deepEqual(named(findLikelyMatch([unmatched(reply(id(2)))], [lost])), ['a', 'prompt']);
    assert.equal(findLikelyMatch([unmatched(reply(id(-100)))], [lost]), undefined);
  });

  test('a start message with another interaction does not match', () => {
    const start = see(startMessage({ id: id(3), prompt: ECHO, interaction: { id: '900', name: 'imagine' } }));
    const lost = candidate('a', { interactionIds: ['501'] }, { sawAllEvents: false, likelyMatches: 'now' });
    assert.equal(findLikelyMatch([unmatched(start)], [lost]), undefined);
    assert.deepEqual(named(findLikelyMatch([unmatched(start)], [candidate('a', {}, { sawAllEvents: false, likelyMatches: 'now' })])), [
      'a',
      'prompt',
    ]);
  });

  test('a job that Midjourney had queued begins with a new message', () => {
    const start = see(startMessage({ id: id(3), prompt: ECHO }));
    assert.deepEqual(named(findLikelyMatch([unmatched(start)], [candidate('a', { queued: true }), candidate('b')])), ['a', 'prompt']);
  });

  test('a job with a start message gets no second one', () => {
    const start = see(startMessage({ id: id(3), prompt: ECHO }));
    const lost = running('a', 1, { sawAllEvents: false, likelyMatches: 'now' });
    assert.equal(findLikelyMatch([unmatched(start, { waitedLongEnough: true })], [lost]), undefined);
    assert.equal(findLikelyMatch([unmatched(start, { waitedLongEnough: true })], [{ ...lost, deletedStartIds: [id(1)] }]), undefined);
  });

  test('a message of another command does not match', () => {
    const start = see(startMessage({ id: id(3), prompt: ECHO, interaction: { id: '900', name: 'blend' } }));
    assert.equal(findLikelyMatch([unmatched(start)], [candidate('a', {}, { sawAllEvents: false, likelyMatches: 'now' })]), undefined);
  });

  test('a foreign job counts as possible and keeps its own result', () => {
    const foreign = candidate('foreign:1', { messageIds: [id(1)], echo: ECHO, nonces: ['x'] }, { isOwn: false });
    const a = running('a', 2);
    assert.equal(findLikelyMatch([unmatched(final(9), { waitedLongEnough: true })], [foreign, a]), undefined);
    assert.deepEqual(named(findLikelyMatch([unmatched(final(9))], [{ ...foreign, deletedStartIds: [id(1)] }, a])), [
      'foreign:1',
      'deletion',
    ]);
  });
});

describe('findLikelyMatch, while a proof may still arrive', () => {
  const searching = candidate('searching', {}, { sawAllEvents: false, likelyMatches: 'now' });
  const start = see(progressMessage({ id: id(3), prompt: ECHO, percent: 15, uuid: uuidOf(1) }));
  const result = see(gridMessage({ id: id(9), prompt: ECHO, uuid: uuidOf(1) }));

  test('a start message from the history and any result wait for the nonce of a job that has lost no events', () => {
    const asked = candidate('asked', { nonces: ['n'] });
    assert.equal(findLikelyMatch([unmatched(start, { sawCreation: false, waitedLongEnough: true })], [searching, asked]), undefined);
    assert.equal(findLikelyMatch([unmatched(result, { waitedLongEnough: true })], [searching, asked]), undefined);
  });

  test('no wait if the creation was seen without that nonce, or if that job has its start message, has lost events, or has another request', () => {
    const inHistory = unmatched(start, { sawCreation: false });
    assert.deepEqual(named(findLikelyMatch([unmatched(start)], [searching, candidate('asked')])), ['searching', 'prompt']);
    for (const other of [
      candidate('shown', { messageIds: [id(2)], jobUuids: [uuidOf(2)] }),
      candidate('queued', { queued: true, messageIds: [id(2)], jobUuids: [uuidOf(2)] }),
      candidate('other', { prompt: 'a blue whale' }),
    ])
      assert.deepEqual(named(findLikelyMatch([inHistory], [searching, other])), ['searching', 'prompt'], other.key);
  });
});

describe('findLikelyMatch, rule 7: order, when nothing distinguishes equal prompts', () => {
  const final = (n: number): ParsedMessage => see(gridMessage({ id: id(n), prompt: ECHO, uuid: uuidOf(n) }));
  const late = { waitedLongEnough: true };
  const running = (key: string, n: number): Candidate => candidate(key, { messageIds: [id(n)], echo: ECHO });

  test('as many results as jobs: each gets one, in order', () => {
    const candidates = [running('b', 2), running('a', 1)];
    const match = findLikelyMatch([unmatched(final(9), late), unmatched(final(8), late)], candidates);
    assert.deepEqual(named(match), ['a', 'order']);
    assert.equal(match?.parsed.message.id, id(8));
  });

  test('results come in the order in which the start messages were deleted, whichever job was first', () => {
    const gone = (key: string, n: number, startDeletedAtMs: number): Candidate => ({
      ...running(key, n),
      deletedStartIds: [id(n)],
      startDeletedAtMs,
    });
    const candidates = [gone('a', 1, 2_000), gone('b', 2, 1_000)];
    const match = findLikelyMatch([unmatched(final(9), late), unmatched(final(8), late)], candidates);
    assert.deepEqual([...(named(match) ?? []), match?.parsed.message.id], ['b', 'order', id(8)]);
  });

  test('a start that went before the result and one that went after it: the result waits', () => {
    const gone = (key: string, n: number): Candidate => ({ ...running(key, n), deletedStartIds: [id(n)] });
    const before = { deletedBefore: [id(2)] };
    assert.equal(findLikelyMatch([unmatched(final(8), before)], [gone('a', 1), gone('b', 2)]), undefined);
    assert.deepEqual(named(findLikelyMatch([unmatched(final(8), { ...before, ...late })], [gone('a', 1), gone('b', 2)])), [
      'a',
      'deletion',
    ]);
  });

  test('start messages and results without a uuid do not compete: two of each for two jobs', () => {
    const lost = (key: string, nonce: string): Candidate =>
      candidate(key, { nonces: [nonce] }, { sawAllEvents: false, likelyMatches: 'now' });
    const starts = [1, 2].map((n) => unmatched(see(startMessage({ id: id(n), prompt: ECHO })), { sawCreation: false }));
    const match = findLikelyMatch([...starts, unmatched(final(8)), unmatched(final(9))], [lost('first', '1'), lost('second', '2')]);
    assert.deepEqual([...(named(match) ?? []), match?.parsed.message.id], ['first', 'order', id(1)]);
  });

  test('no match by order before the wait, with too few or too many messages, or with a foreign job among the jobs', () => {
    const two = [running('a', 1), running('b', 2)];
    assert.equal(findLikelyMatch([unmatched(final(8)), unmatched(final(9))], two), undefined);
    assert.equal(findLikelyMatch([unmatched(final(8), late)], two), undefined);
    assert.equal(findLikelyMatch([unmatched(final(7), late), unmatched(final(8), late), unmatched(final(9), late)], two), undefined);
    const mixed = [running('a', 1), { ...running('b', 2), isOwn: false }];
    assert.equal(findLikelyMatch([unmatched(final(8), late), unmatched(final(9), late)], mixed), undefined);
  });

  test('after a restart fewer messages than jobs go to the jobs that were planned first', () => {
    const lost = (key: string, nonce: string): Candidate =>
      candidate(key, { nonces: [nonce] }, { sawAllEvents: false, likelyMatches: 'now' });
    const match = findLikelyMatch(
      [unmatched(final(8)), unmatched(final(9))],
      [lost('third', '3'), lost('first', '1'), lost('second', '2')],
    );
    assert.deepEqual(named(match), ['first', 'order']);
    assert.equal(findLikelyMatch([unmatched(final(8)), unmatched(final(9))], [lost('first', '1')]), undefined);
  });

  test('a job that Discord has confirmed comes before a job that may never have reached Midjourney, even if it must wait longer', () => {
    const taken = candidate('taken', { nonces: ['2'], interactionIds: [id(1)] }, { sawAllEvents: false, likelyMatches: 'never' });
    const perhaps = candidate('perhaps', { nonces: ['1'] }, { sawAllEvents: false, likelyMatches: 'now' });
    assert.deepEqual(named(findLikelyMatch([unmatched(final(9))], [perhaps, taken])), ['taken', 'order']);
    assert.equal(findLikelyMatch([unmatched(final(9))], [{ ...perhaps, likelyMatches: 'never' }, taken]), undefined);
  });

  test('the start message and the result of one job count once', () => {
    const lost = candidate('a', {}, { sawAllEvents: false, likelyMatches: 'now' });
    const start = see(progressMessage({ id: id(3), prompt: ECHO, percent: 93, uuid: uuidOf(1) }));
    const result = see(gridMessage({ id: id(4), prompt: ECHO, uuid: uuidOf(1) }));
    for (const both of [
      [start, result],
      [result, start],
    ]) {
      const match = findLikelyMatch(
        both.map((parsed) => unmatched(parsed)),
        [lost],
      );
      assert.deepEqual([match?.candidate.key, match?.parsed.stage], ['a', 'final']);
    }
  });
});
