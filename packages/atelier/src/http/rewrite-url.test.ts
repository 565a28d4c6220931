import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createUrlRewriter } from './app.ts';

const REWRITTEN: readonly [url: string, rewritten: string][] = [
  ['/', '/'],
  ['//', '/'],
  ['/jobs', '/jobs'],
  ['/jobs/', '/jobs'],
  ['//jobs//job_1///cancel//', '/jobs/job_1/cancel'],
  ['/jobs/?limit=1', '/jobs?limit=1'],
  ['//jobs?url=http://a//b/', '/jobs?url=http://a//b/'],
  // A route that was registered with its slash keeps it.
  ['/v2/jobs/', '/v2/jobs/'],
  ['//v2//jobs/?jobid=1', '/v2/jobs/?jobid=1'],
  ['/v2/jobs', '/v2/jobs'],
  ['/docs/', '/docs/'],
  // No host is read out of a path, and no URL in it is damaged.
  ['//evil.example/x', '/evil.example/x'],
  ['/fetch/https://a.example/b', '/fetch/https://a.example/b'],
  ['/jobs/a%2F%2Fb/', '/jobs/a%2F%2Fb'],
  ['/assets/..//x', '/assets/..//x'],
  ['/assets/.//x', '/assets/.//x'],
  ['*', '*'],
  ['http://atelier.test//jobs/', 'http://atelier.test//jobs/'],
  ['?', '?'],
];

describe('rewriting URLs', () => {
  const { addRoute, rewrite } = createUrlRewriter();
  addRoute({ url: '/v2/jobs/', routePath: '/jobs/', prefix: '/v2' });
  addRoute({ url: '/v2/jobs', routePath: '/jobs', prefix: '/v2' });
  addRoute({ url: '/docs', routePath: '', prefix: '/docs' });

  for (const [url, rewritten] of REWRITTEN) test(`${url} is ${rewritten}`, () => assert.equal(rewrite(url), rewritten));

  test('a long run of slashes costs no time', () => {
    assert.equal(rewrite(`${'/'.repeat(100_000)}jobs`), '/jobs');
    assert.equal(rewrite(`/${'./'.repeat(50_000)}/jobs`), `/${'./'.repeat(50_000)}/jobs`);
  });
});
