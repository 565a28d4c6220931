import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import { startCallbackSink, type CallbackSink } from './callback-sink.ts';

describe('the callback sink', () => {
  let clock: FakeClock;
  let sink: CallbackSink;
  beforeEach(async () => {
    clock = createFakeClock();
    sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock });
  });
  afterEach(() => sink.close());
  const post = (path: string, body: string): Promise<Response> =>
    fetch(`${sink.url}${path}`, { method: 'POST', body, headers: { 'x-test': 'yes' } });

  test('keeps each callback and returns it once', async () => {
    const coming = sink.next(({ body }) => body === 'second');
    assert.equal((await post('/hook', 'first')).status, 200);
    await post('/hook', 'second');
    assert.equal((await coming).body, 'second');
    const first = await sink.next();
    assert.deepEqual([first.path, first.body, first.headers['x-test'], first.atMs], ['/hook', 'first', 'yes', clock.now()]);
    assert.equal(sink.received().length, 2);
    const late = assert.rejects(sink.next(), /no matching callback within 10000 ms/);
    await clock.advance(10_000);
    await late;
    assert.deepEqual(
      ((await (await fetch(sink.url)).json()) as { body: string }[]).map(({ body }) => body),
      ['first', 'second'],
    );
    sink.clear();
    assert.deepEqual(sink.received(), []);
  });

  test('answers a status a given number of times, cuts the connection, or does not answer', async () => {
    sink.behave({ status: 503 }, 2);
    assert.deepEqual([(await post('/', 'a')).status, (await post('/', 'b')).status, (await post('/', 'c')).status], [503, 503, 200]);
    sink.behave('drop', 1);
    await assert.rejects(post('/', 'd'));
    sink.behave('hang', 1);
    const hanging = post('/', 'e');
    await sink.next(({ body }) => body === 'e');
    assert.equal((await post('/', 'f')).status, 200);
    await sink.close();
    await assert.rejects(hanging);
  });

  test('takes its behaviour over HTTP', async () => {
    const tell = async (behaviour: object): Promise<number> =>
      (await fetch(`${sink.url}/behaviour`, { method: 'PUT', body: JSON.stringify(behaviour) })).status;
    assert.equal(await tell({ status: 410, times: 1 }), 204);
    assert.equal((await post('/', 'a')).status, 410);
    assert.equal(await tell({ status: 99 }), 400);
  });
});
