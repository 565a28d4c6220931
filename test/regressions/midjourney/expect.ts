import assert from 'node:assert/strict';
import { request } from 'undici';
import type { EndedJob, Row } from './row.ts';
import { listOf, textOf } from './scripted/wire.ts';

/** Bytes of the job's pictures whose file came from upstream: cut pictures of a grid are left out. */
export async function readPictures({ body }: Pick<EndedJob, 'body'>): Promise<Buffer[]> {
  const assets = listOf(body['assets']);
  const hasGrid = assets.some(({ role }) => role === 'grid');
  const whole = assets.filter(({ role }) => !hasGrid || role === 'grid');
  return Promise.all(whole.map(async ({ url }) => Buffer.from(await (await request(textOf(url))).body.arrayBuffer())));
}

/** A job that ended well: with the picture of its own request, and these buttons or this number of them. */
export async function expectPicture(row: Row, job: EndedJob, buttons?: number | readonly string[]): Promise<void> {
  assert.equal(job.status, 'completed', tell(job));
  const wanted = await Promise.all(
    (await row.requestsOf(job.id)).map(({ scope }) => row.discord.pictureOf(scope).catch(() => Buffer.of())),
  );
  const delivered = await readPictures(job);
  assert.equal(delivered.length, 1, 'one picture');
  assert.ok(
    wanted.some((bytes) => delivered[0]?.equals(bytes)),
    'the picture of this request',
  );
  if (typeof buttons === 'number') assert.equal(job.buttons.length, buttons, job.buttons.join());
  else if (buttons) assert.deepEqual(job.buttons, buttons);
}

/** A job that ended badly, with these words in its failure. */
export function expectFailure(
  job: EndedJob,
  { status = ['failed'], code, words = [] }: { status?: string[]; code?: string; words?: (string | RegExp)[] },
): void {
  assert.ok(status.includes(job.status), tell(job));
  if (code !== undefined) assert.equal(job.code, code, tell(job));
  for (const word of words)
    assert.ok(typeof word === 'string' ? job.words.includes(word) : word.test(job.words), `${String(word)} in: ${tell(job)}`);
}

export async function expectAccount(row: Row, state: 'active' | 'held' | 'paused', code?: string): Promise<void> {
  const account = await row.account();
  assert.equal(account.state, state, JSON.stringify(account));
  if (code !== undefined) assert.equal(account.code, code, JSON.stringify(account));
}

const tell = (job: EndedJob): string =>
  `${job.status} after ${job.tookMs} ms: ${job.code} ${job.words}, ${job.trail.map(({ status, percent }) => `${status} ${percent}`).join(', ')}`;
