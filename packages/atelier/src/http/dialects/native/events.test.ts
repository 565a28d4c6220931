import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { request } from 'undici';
import { parseJsonObject, type JsonObject } from '@atelier/lib/json';
import { GRID_OUTPUT } from '../testing/harness.ts';
import { createTestHarness, type Harness } from './harness.fixture.ts';

interface Message {
  event: string;
  id: string;
  data: JsonObject;
}

describe('event streams', () => {
  let harness: Harness;
  let url: string;
  beforeEach(async () => {
    harness = await createTestHarness();
    url = await harness.app.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(() => harness.close());

  /** The messages of a stream, one at a time; comments as messages without an event. */
  async function open(path: string, { as = 'ann', headers = {} }: { as?: string; headers?: Record<string, string> } = {}) {
    const reply = await request(`${url}${path}`, { headers: { authorization: `Bearer ${as}`, ...headers } });
    const chunks = reply.body[Symbol.asyncIterator]();
    let text = '';
    async function next(): Promise<Message | undefined> {
      while (!text.includes('\n\n')) {
        const { done, value } = await chunks.next();
        if (done === true) return undefined;
        text += String(value);
      }
      const end = text.indexOf('\n\n');
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (name: string): string => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      return { event: field('event'), id: field('id'), data: parseJsonObject(field('data')) };
    }
    return { status: reply.statusCode, headers: reply.headers, next, close: () => reply.body.destroy() };
  }

  const idsOf = (message: Message | undefined): unknown[] =>
    Array.isArray(message?.data['jobs']) ? message.data['jobs'].map((job) => Object(job).id) : [];

  test('of one job: a snapshot, each change, and the end', async () => {
    const id = await harness.imagine();
    const stream = await open(`/jobs/${id}/events`, { headers: { origin: 'https://app.example' } });
    assert.match(String(stream.headers['content-type']), /^text\/event-stream/);
    assert.equal(stream.headers['access-control-allow-origin'], 'https://app.example');
    const first = await stream.next();
    assert.equal(first?.event, 'snapshot');
    assert.deepEqual(idsOf(first), [id]);
    await harness.imagine();
    await harness.move(id, { status: 'progress', progressPercent: 40 });
    const progress = await stream.next();
    assert.deepEqual([progress?.event, progress?.data['id'], progress?.data['progressPercent']], ['job', id, 40]);
    await harness.complete(id, GRID_OUTPUT);
    const last = await stream.next();
    assert.deepEqual(last?.data, (await harness.call('GET', `/jobs/${id}`)).body);
    assert.equal(await stream.next(), undefined);

    const late = await open(`/jobs/${id}/events`);
    assert.deepEqual(idsOf(await late.next()), [id]);
    assert.equal(await late.next(), undefined);
    const again = await open(`/jobs/${id}/events`, { headers: { 'last-event-id': last?.id ?? '' } });
    assert.equal(again.status, 204);
    await again.next();
  });

  test('of all jobs: only the jobs of the key, and after a reconnect also the jobs that ended meanwhile', async () => {
    const id = await harness.imagine();
    const stream = await open('/events');
    const all = await open('/events', { as: 'root' });
    const none = await open('/events', { as: 'bob' });
    const first = await stream.next();
    assert.deepEqual(idsOf(first), [id]);
    assert.deepEqual(idsOf(await all.next()), [id]);
    assert.deepEqual(idsOf(await none.next()), []);
    const bobs = await harness.call('POST', '/jobs', { verb: 'imagine', prompt: 'a hare' }, { as: 'bob' });
    const second = await harness.imagine();
    assert.equal((await none.next())?.data['id'], bobs.body['id']);
    assert.equal((await stream.next())?.data['id'], second);
    assert.equal((await all.next())?.data['id'], bobs.body['id']);
    assert.equal((await all.next())?.data['id'], second);
    stream.close();

    await harness.clock.advance(1);
    await harness.complete(id);
    const back = await open('/events', { headers: { 'last-event-id': first?.id ?? '' } });
    assert.deepEqual(idsOf(await back.next()), [second, id]);
    const fresh = await open('/events', { headers: { 'last-event-id': 'nonsense' } });
    assert.deepEqual(idsOf(await fresh.next()), [second]);
    for (const open of [all, none, back, fresh]) open.close();
  });

  test('a quiet stream gets heartbeats and changes by another process, and ends when its key is revoked', async () => {
    const id = await harness.imagine();
    const stream = await open(`/jobs/${id}/events`);
    await stream.next();
    const lease = { owner: 'another', nowMs: harness.clock.now(), leaseUntilMs: harness.clock.now() + 1 };
    assert.ok(await harness.store.startJob({ jobId: id, version: 1, accountId: null, slots: null, operation: {}, ...lease }));
    await harness.clock.advance(15_000);
    assert.equal((await stream.next())?.event, '');
    assert.equal((await stream.next())?.data['status'], 'starting');
    await harness.store.updateKey('key_ann', { revokedAtMs: 1 });
    await harness.clock.advance(15_000);
    assert.equal((await stream.next())?.event, '');
    assert.equal(await stream.next(), undefined);
  });

  test('closing the server ends every stream', async () => {
    const stream = await open('/events');
    await stream.next();
    const closed = harness.app.close();
    assert.equal(await stream.next(), undefined);
    await closed;
    assert.equal(harness.clock.pending(), 0);
  });

  test('a reader that stops reading gets the latest state of each job, and its queue stays bounded', async () => {
    const id = await harness.imagine();
    const socket = await standStill(url);
    await once(socket, 'readable');
    const body = 'x'.repeat(20_000);
    const { version } = (await harness.store.getJob(id)) ?? { version: 0 };
    const job = await harness.store.getJob(id);
    assert.ok(job);
    const changes = 2_000;
    for (let change = 1; change <= changes; change += 1) {
      harness.deps.watch.publish({ ...job, version: version + change, input: { prompt: body }, progressPercent: change % 100 });
    }
    const last = { ...job, version: version + changes + 1, input: { prompt: 'the last' } };
    harness.deps.watch.publish(last);
    const text = await readUntil(socket, 'the last');
    const events = text.split('event: job').length - 1;
    assert.ok(events < changes / 2, `${events} of ${changes} changes were sent`);
    socket.destroy();
  });

  /** A reader of `/events` that has asked and does not read. */
  async function standStill(base: string): Promise<Socket> {
    const { hostname, port } = new URL(base);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    socket.write('GET /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ann\r\n\r\n');
    return socket;
  }
});

async function readUntil(socket: Socket, words: string): Promise<string> {
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.includes(words)) return text;
  }
  return text;
}
