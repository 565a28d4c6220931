import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { EMPTY_OUTPUT, type JobOutput } from '../../../core/job.ts';
import { toPlainText } from './anything.fixture.ts';
import { CHANNEL, configureAccount, finishedGrid, gridOutput, message, createTestHarness, type Harness } from './harness.fixture.ts';

/** Reproducible. A finding is shown as it is: to make it smaller takes longer than to read it. */
const RUNS = { seed: 20_230_909, numRuns: 400, endOnFailure: true } as const;

const METHODS = ['GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PUT', 'PATCH'] as const;
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=b',
  'multipart/form-data',
  'text/plain',
  'application/xml',
  'nonsense',
  '',
];
const FIELDS = ['prompt', 'jobid', 'button', 'discord', 'server', 'channel', 'maxJobs', 'replyUrl', 'replyRef', 'blendUrls', 'blendUrls[]'];
const MORE_FIELDS = ['blendDimensions', 'describeUrl', 'mask', 'name', 'webhook', '__proto__', 'constructor'];

describe('useapi: whatever is sent', { timeout: 60_000 }, () => {
  test('is answered as the manual says, and never by an error of ours', async () => {
    const harness = await createTestHarness();
    try {
      await configureAccount(harness, CHANNEL, 'token-of-the-harness', 15);
      const grid = await finishedGrid(harness);
      void endAtOnce(harness);
      await fc.assert(
        fc.asyncProperty(requests(harness, grid.id), async (request) => {
          const answer = await harness.app.inject(request);
          harness.manual.assertClean();
          const shown = `${request.method} ${JSON.stringify(request.url)} ${answer.statusCode} ${answer.body}`;
          assert.ok(answer.statusCode < 500 || answer.statusCode === 504 || answer.statusCode === 596, shown);
          if (answer.statusCode >= 400 && request.method !== 'HEAD') {
            const body: unknown = answer.json();
            assert.ok(typeof body === 'object' && body !== null && 'error' in body && 'code' in body, shown);
            assert.deepEqual([typeof body.error, body.code], ['string', answer.statusCode], shown);
          }
        }),
        RUNS,
      );
    } finally {
      await harness.close();
    }
  });
});

const DONE: JobOutput = { ...EMPTY_OUTPUT, message: message('702', 'Done!') };

/** Ends every job as soon as it is accepted: well, or refused by what its number says. */
async function endAtOnce(harness: Harness): Promise<void> {
  for (let count = 1; ; count++) {
    const job = await harness.nextJob();
    if (count % 5 === 0) await harness.fail(job.id, { code: 'prompt-moderated', title: 'Banned prompt', details: job.id });
    else await harness.move(job.id, { status: 'completed', output: job.usesSlot ? gridOutput('701', []) : DONE });
  }
}

/** Requests to every page and near it: what the page reads, and what no program would send. */
function requests(harness: Harness, jobid: string): fc.Arbitrary<InjectOptions> {
  const paths = [...new Set(harness.manual.declared().map((name) => name.split(' ')[1] ?? ''))];
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.constantFrom('', ' ', '\u0000', '0', 'null'));
  const known = fc.constantFrom(jobid, 'U1', 'V1', '⬅', 'Custom Zoom', CHANNEL, 'https://a.test/1', 'Square', 3, 16, 0, -1, null);
  const value = fc.oneof(
    { weight: 3, arbitrary: known },
    { weight: 2, arbitrary: text },
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: fc.array(known, { maxLength: 6 }) },
    { weight: 1, arbitrary: fc.string({ minLength: 1000, maxLength: 2100 }) },
  );
  const fields = fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS, ...MORE_FIELDS), text), value, { maxKeys: 8 });
  const body = fc.oneof(
    { weight: 6, arbitrary: fields.map((entries) => JSON.stringify(entries)) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: text },
    { weight: 1, arbitrary: fields.map((entries) => new URLSearchParams(toPlainText(entries)).toString()) },
    { weight: 1, arbitrary: fields.map((entries) => toMultipart(toPlainText(entries))) },
  );
  const query = fc.oneof(
    fc.constantFrom('', `?jobid=${jobid}`, '?jobid', '?jobid=%', '?jobid=%E0%A4%A', '?jobid[]=1&jobid=2', '?__proto__=1'),
    text.map((any) => `?jobid=${encodeURIComponent(any.toWellFormed())}`),
  );
  const channel = fc.oneof(
    fc.constantFrom(CHANNEL, '0', '%00', '%zz', '%E0%A4%A', '..', 'a'.repeat(1_100)),
    text.map((any) => encodeURIComponent(any.toWellFormed())),
  );
  const headers = fc.record(
    {
      authorization: fc.oneof({ weight: 9, arbitrary: fc.constant('Bearer user:1-admin') }, { weight: 1, arbitrary: headerText() }),
      'content-type': fc.oneof(
        { weight: 4, arbitrary: fc.constant('application/json') },
        { weight: 4, arbitrary: fc.constantFrom(...TYPES) },
      ),
      'idempotency-key': headerText(),
      'accept-encoding': headerText(),
      origin: headerText(),
    },
    { requiredKeys: ['authorization'] },
  );
  return fc
    .record({
      method: fc.oneof({ weight: 3, arbitrary: fc.constant('POST' as const) }, fc.constantFrom(...METHODS)),
      headers,
      body,
      query,
      channel,
    })
    .chain(({ method, headers: sent, body: payload, query: tail, channel: id }) =>
      fc
        .record({ version: fc.constantFrom('/v2', '/v2', '/v1'), path: fc.constantFrom(...paths), slash: fc.constantFrom('', '', '/') })
        .map(({ version, path, slash }) => ({
          method,
          url: `${path.replace('/v2', version).replace(':channel', id)}${slash}${tail}`,
          headers: sent,
          ...(method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? {} : { payload }),
        })),
    );
}

/** What Node lets pass in a header. */
const headerText = (): fc.Arbitrary<string> => fc.string({ unit: 'binary-ascii' }).map((any) => any.replaceAll(/[^\t\x20-\x7e]/g, ''));

const toMultipart = (entries: Record<string, string>): string =>
  Object.entries(entries)
    .map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('') + '--b--\r\n';
