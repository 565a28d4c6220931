import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Delivery } from '../core/delivery.ts';
import { applyEvent, createDispatchState, type DispatchEvent } from './dispatch.ts';
import { createDelivery } from './testing/test-dispatcher.ts';

const LIMITS = { maxPerOrigin: 1, maxRecent: 2, maxInFlight: 2 };
const toOrigin = (origin: string, id: string): Delivery => createDelivery({ id, jobId: `job ${id}`, origin });
const a1 = toOrigin('a', 'a1');
const a2 = toOrigin('a', 'a2');
const b1 = toOrigin('b', 'b1');
const c1 = toOrigin('c', 'c1');
const claimed = (...deliveries: Delivery[]): DispatchEvent => ({ type: 'deliveries-claimed', deliveries, claimedAtMs: 0 });

interface Row {
  title: string;
  /** Events that lead to the state before `event`, all at 0 ms. */
  before: readonly DispatchEvent[];
  event: DispatchEvent;
  atMs?: number;
  start?: readonly string[];
  release?: readonly string[];
  wake?: boolean;
}

const ROWS: readonly Row[] = [
  { title: 'claimed deliveries start within the limits of their origins', before: [], event: claimed(a1, a2, b1), start: ['a1', 'b1'] },
  {
    title: 'an answer starts the next delivery of the origin; no wake while the origin stays full',
    before: [claimed(a1, a2)],
    event: { type: 'receiver-answered', delivery: a1 },
    start: ['a2'],
  },
  {
    title: 'an answer wakes the loop when the origin has a free place and no waiting delivery',
    before: [claimed(a1)],
    event: { type: 'receiver-answered', delivery: a1 },
    wake: true,
  },
  {
    title: 'the end of an answered attempt does not wake the loop again',
    before: [claimed(a1), { type: 'receiver-answered', delivery: a1 }],
    event: { type: 'attempt-ended', delivery: a1 },
  },
  {
    title: 'the end of an attempt wakes the loop after a claim that the limits over all origins prevented',
    before: [claimed(a1, b1), { type: 'claim-due' }, { type: 'receiver-answered', delivery: a1 }],
    event: { type: 'attempt-ended', delivery: a1 },
    wake: true,
  },
  {
    title: 'the end of an attempt starts a delivery of another origin',
    before: [claimed(a1, b1, c1), { type: 'receiver-answered', delivery: a1 }],
    event: { type: 'attempt-ended', delivery: a1 },
    start: ['c1'],
  },
  {
    title: 'deliveries that have waited for more than four seconds are released before a claim',
    before: [claimed(a1, a2)],
    event: { type: 'claim-due' },
    atMs: 4_001,
    release: ['a2'],
  },
  { title: 'deliveries that have waited for four seconds stay', before: [claimed(a1, a2)], event: { type: 'claim-due' }, atMs: 4_000 },
  {
    title: 'a delivery of a job that was suppressed after the claim is released',
    before: [{ type: 'job-suppressed', jobId: a1.jobId }],
    event: claimed(a1, b1),
    start: ['b1'],
    release: ['a1'],
  },
  {
    title: 'the end of the last suppression lets the job go',
    before: [
      { type: 'job-suppressed', jobId: a1.jobId },
      { type: 'job-suppressed', jobId: a1.jobId },
      { type: 'job-resumed', jobId: a1.jobId },
      { type: 'job-resumed', jobId: a1.jobId },
    ],
    event: claimed(a1),
    start: ['a1'],
  },
  {
    title: 'a job that was suppressed twice stays suppressed after one end, which wakes the loop',
    before: [
      { type: 'job-suppressed', jobId: a1.jobId },
      { type: 'job-suppressed', jobId: a1.jobId },
    ],
    event: { type: 'job-resumed', jobId: a1.jobId },
    wake: true,
  },
  { title: 'a stop releases waiting deliveries', before: [claimed(a1, a2)], event: { type: 'stop-requested' }, release: ['a2'] },
  {
    title: 'no attempt starts after a stop',
    before: [claimed(a1, b1, c1), { type: 'stop-requested' }],
    event: { type: 'attempt-ended', delivery: a1 },
    wake: true,
  },
];

describe('dispatch: one event', () => {
  for (const { title, before, event, atMs = 0, start = [], release = [], wake = false } of ROWS) {
    test(title, () => {
      const state = createDispatchState(LIMITS);
      for (const earlier of before) applyEvent(state, earlier, 0);
      const effects = applyEvent(state, event, atMs);
      assert.deepEqual(
        { start: effects.start.map(({ id }) => id), release: effects.release.map(({ id }) => id), wake: effects.wake },
        { start, release, wake },
      );
    });
  }
});
