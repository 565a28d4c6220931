import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Engine } from '../core/engine.ts';
import type { Job } from '../core/job.ts';
import { newJob } from '../store/conformance/fixtures.ts';
import { createSlots } from './slots.ts';

const engineOf = (name: Engine['name'], slots?: number): Engine => ({
  name,
  ...(slots === undefined ? {} : { slots }),
  plan: async () => null,
  run: async function* () {},
  cancel: async () => {},
});

const midjourney = engineOf('midjourney');
const suno = engineOf('suno', 2);

function setUp() {
  const running = new Set<{ engine: Engine }>();
  const slots = createSlots(new Map([midjourney, suno].map((engine) => [engine.name, engine])), running);
  const mustWait = (set: Partial<Job>): boolean => slots.mustWait(newJob(set));
  return { running, slots, mustWait };
}

test('an engine of its own slots has as many free as it does not run', () => {
  const { running, slots } = setUp();
  assert.deepEqual([slots.free(suno), slots.free(midjourney)], [2, undefined]);
  for (const engine of [suno, suno, suno, midjourney]) running.add({ engine });
  assert.equal(slots.free(suno), -1);
});

test('jobs of a full engine wait, whatever slots mean to their dialect; those of others are looked at', () => {
  const { slots, mustWait } = setUp();
  const song: Partial<Job> = { engine: 'suno', usesSlot: false };
  assert.equal(mustWait(song), false);
  slots.learn('suno', { full: new Set(), allFull: true });
  assert.deepEqual([mustWait(song), mustWait({ engine: 'midjourney' })], [true, false]);
  slots.forget();
  assert.equal(mustWait(song), false);
});

test('a job waits for its account, or for any where it is bound to none', () => {
  const { slots, mustWait } = setUp();
  slots.learn('midjourney', { full: new Set(['a']), allFull: false });
  assert.deepEqual([mustWait({ accountId: 'a' }), mustWait({ accountId: 'b' }), mustWait({ accountId: null })], [true, false, false]);
  assert.deepEqual([mustWait({ accountId: 'a', usesSlot: false }), mustWait({ accountId: 'a', maxJobs: 1 })], [false, false]);
  slots.learn('midjourney', { full: new Set(), allFull: true });
  assert.equal(mustWait({ accountId: null }), true);
});
