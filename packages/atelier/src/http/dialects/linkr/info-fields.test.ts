import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toInfo } from './info-fields.ts';

/** Every known line of Midjourney, and the vendor's short form of it. */
const FORMS: readonly [string, string, string][] = [
  ['subscription', 'Mega (Active monthly, renews next on <t:1>)', 'Mega'],
  ['subscription', 'Basic', 'Basic'],
  ['subscription', 'Mega (Paused)', 'Mega'],
  ['subscription', 'None', 'None'],
  ['job_mode', 'Fast', 'fast'],
  ['job_mode', 'Relaxed', 'relax'],
  ['job_mode', 'Relax', 'relax'],
  ['job_mode', 'Turbo', 'turbo'],
  ['visibility_mode', 'Public', 'public'],
  ['visibility_mode', 'Stealth', 'stealth'],
  ['fast_time_remaining', '60.0/60.0 hours (100%)', '60:00:00'],
  ['fast_time_remaining', '2.75/60.0 hours (5%)', '2:45:00'],
  ['fast_time_remaining', '0.0/3.3 hours (0%)', '0:00:00'],
  ['fast_time_remaining', '1.9999 hours', '2:00:00'],
  ['fast_time_remaining', 'Unlimited', 'Unlimited'],
  ['lifetime_usage', '3 images (0.05 hours)', '3'],
  ['lifetime_usage', '12,345 images', '12345'],
  ['lifetime_usage', '20.5 hours', '20.5 hours'],
  ['queued_jobs_fast', '0', '0'],
  ['queued_jobs_relax', 'None', '0'],
  ['running_jobs', 'None', '0'],
  ['running_jobs', '2', '2'],
  ['running_jobs', '3f1c0a9e-1b2c-4d5e-8f90-123456789abc', '1'],
  ['running_jobs', '3f1c0a9e-1b2c-4d5e-8f90-123456789abc, 4f1c0a9e-1b2c-4d5e-8f90-123456789abc', '2'],
];

test('linkr info: Midjourney’s lines in the vendor’s short forms', () => {
  for (const [field, line, short] of FORMS) assert.equal(toInfo({ [field]: ` ${line} ` })[field], short, `${field}: ${line}`);
});

test('linkr info: a missing line is null, and every field is always there', () => {
  const fields = Object.keys(toInfo({}));
  assert.equal(fields.length, 12);
  assert.ok(Object.values(toInfo({ user_id: ' ', running_jobs: [] })).every((value) => value === null));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...fields), fc.oneof(fc.string({ unit: 'binary' }), fc.integer())), (answer) => {
      const info = toInfo(answer);
      assert.deepEqual(Object.keys(info), fields);
      assert.ok(Object.values(info).every((value) => value === null || typeof value === 'string'));
    }),
    { seed: 4, numRuns: 200 },
  );
});
