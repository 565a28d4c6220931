import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nearestRoute, SURFACE } from './surface.ts';

/** Requests of people who have not read the manual, and the route that they are told. */
const HINTS: readonly [method: string, path: string, hint: RegExp | undefined][] = [
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
  // A GET of a record is told the GET that reads it.
  ['GET', '/mj/queryTask/fetch', /^GET \/jobs\/\{jobId\}$/],
  ['GET', '/v1/music/x', /^GET \/jobs\/x$/],
  ['GET', '/v1/imagine/77', /^GET \/jobs\/77$/],
  ['GET', '/job/$&', /^GET \/jobs\/\$&$/],
  ['GET', '/jobs/job_1/status', /^GET \/jobs\/job_1$/],
  ['GET', '/task', /^GET \/jobs\/\{jobId\}$/],
  ['GET', '/v1/predictions/p1', /^GET \/jobs\/p1$/],
  ['POST', '/v1/predictions', /"verb": "imagine"$/],
  ['DELETE', '/v1/tasks/77', /^POST \/jobs\/77\/cancel$/],
  ['GET', '/favicon.ico', undefined],
  ['GET', `/${'jobs/'.repeat(10_000)}`, undefined],
];

describe('an unknown path', () => {
  for (const [method, path, hint] of HINTS) {
    test(`${method} ${path.slice(0, 40)} ${hint ? 'gets the nearest route' : 'gets no hint'}`, () => {
      const found = nearestRoute(method, path);
      if (hint) assert.match(found ?? '', hint);
      else assert.equal(found, undefined);
    });
  }
});

test('every dialect has its line on /', () => {
  assert.deepEqual(Object.keys(SURFACE).slice(0, 4), ['native', 'useapi', 'kie', 'linkr']);
});
