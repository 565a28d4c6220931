import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nearestRoute, SURFACE } from './surface.ts';

/** What people type before they have read anything, and what they meant. */
const GUESSED: readonly [method: string, path: string, meant: RegExp | undefined][] = [
  ['POST', '/jobs/imagine', /^POST \/jobs with "verb": "imagine" .*POST \/v2\/jobs\/imagine/],
  ['POST', '/v1/jobs', /^POST \/jobs$/],
  ['GET', '/v1/jobs/', /^GET \/jobs$/],
  ['POST', '/api/jobs', /^POST \/jobs$/],
  ['GET', '/v2/jobs/job_1', /^GET \/jobs\/job_1$/],
  ['GET', '/tasks/abc', /^GET \/jobs\/abc$/],
  ['POST', '/imagine', /^POST \/jobs with "verb": "imagine"$/],
  ['POST', '/api/imagine', /"verb": "imagine"$/],
  ['POST', '/generate', /"verb": "imagine"$/],
  ['POST', '/v1/images/generations', /"verb": "imagine"$/],
  ['POST', '/mj/submit/imagine', /"verb": "imagine"$/],
  ['POST', '/mj-fast/submit/describe', /"verb": "describe"$/],
  ['POST', '/mj/submit/action', /"verb": "button"$/],
  ['GET', '/mj/task/77/fetch', /^GET \/jobs\/77$/],
  ['POST', '/jobs/music', /"verb": "music"$/],
  ['POST', '/api/music-video', /"verb": "music-video"$/],
  ['POST', '/suno/generate', /"verb": "music"$/],
  ['POST', '/jobs/upscale', /"verb": "button"$/],
  ['DELETE', '/jobs/job_1', /^POST \/jobs\/job_1\/cancel$/],
  ['GET', '/jobs/job_1/cancel', /^POST \/jobs\/job_1\/cancel$/],
  ['GET', '/jobs/job_1/stream', /^GET \/jobs\/job_1\/events$/],
  ['GET', '/jobs/job_1/webhooks', /^GET \/jobs\/job_1\/deliveries$/],
  ['GET', '/webhooks', /^GET \/deliveries$/],
  ['POST', '/api-keys', /^GET \/keys$/],
  ['GET', '/whoami', /^GET \/me$/],
  ['GET', '/account/midjourney', /^GET \/accounts/],
  ['GET', '/images/a1', /^GET \/assets\/a1$/],
  ['GET', '/swagger', /^GET \/docs$/],
  ['GET', '/swagger-ui/index.html', /^GET \/docs$/],
  ['GET', '/api-docs', /^GET \/docs$/],
  ['GET', '/openapi.json', /^GET \/openapi\/native\.json$/],
  ['GET', '/health', /^GET \/healthz$/],
  ['GET', '/api', /^GET \/$/],
  ['GET', '/favicon.ico', undefined],
  ['GET', `/${'jobs/'.repeat(10_000)}`, undefined],
];

describe('a wrong path', () => {
  for (const [method, path, meant] of GUESSED) {
    test(`${method} ${path.slice(0, 40)} ${meant ? 'is understood' : 'has no answer'}`, () => {
      const found = nearestRoute(method, path);
      if (meant) assert.match(found ?? '', meant);
      else assert.equal(found, undefined);
    });
  }
});

test('every dialect has its line on /', () => {
  assert.deepEqual(Object.keys(SURFACE).slice(0, 4), ['native', 'useapi', 'kie', 'linkr']);
});
