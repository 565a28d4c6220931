import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '@atelier/lib/clock';
import { objectAt, parseJsonObject, textAt } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import { type CallbackSink, startCallbackSink } from '@atelier/simulator';
import { createSqliteStore } from 'atelier/store/sqlite/sqlite';
import { callApi, waitFor } from '../test-server.ts';
import { SHORT_SONG } from '../songs.ts';
import { createKillableServer, startProcess, type KillableServer } from './server-process.ts';

/** States of a song at which the server is killed; PENDING includes the queue, the request, and the wait for the first answer. */
const MOMENTS = ['PENDING', 'TEXT_SUCCESS', 'FIRST_SUCCESS'] as const;

describe('the server is killed while songs are made', () => {
  let folder: string;
  let sink: CallbackSink;
  let simulator: ReturnType<typeof startProcess>;
  let restUrl: string;
  let server: KillableServer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-music-kill-'));
    sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock: systemClock });
    simulator = startProcess('simulator', { SIMULATOR_PORT: '0', SIMULATOR_PACE: '0.5', SIMULATOR_TILE: '16' });
    restUrl = await simulator.line(/REST\s+(\S+)/);
    server = createKillableServer({ ATELIER_DATA: folder, DISCORD_REST_URL: restUrl });
    await server.start();
  });
  after(async () => {
    await server.kill();
    simulator.child.kill('SIGKILL');
    await sink.close();
    await rm(folder, { recursive: true, force: true });
  });

  const submit = async (): Promise<string> => {
    const reply = await callApi(server.current(), 'POST', '/api/v1/generate', { ...SHORT_SONG, callBackUrl: `${sink.url}/music` });
    assert.equal(reply.body['code'], 200, reply.text);
    return textAt(objectAt(reply.body, 'data'), 'taskId');
  };
  const stateOf = async (taskId: string): Promise<string> => {
    const reply = await callApi(server.current(), 'GET', `/api/v1/generate/record-info?taskId=${taskId}`);
    return textAt(objectAt(reply.body, 'data'), 'status');
  };

  test('each song is complete in the end, and no stage is called back twice', async () => {
    const songs: string[] = [];
    for (const moment of MOMENTS) {
      const song = await submit();
      songs.push(song);
      // Polling may miss a state, so a later state counts too.
      const states = ['PENDING', 'TEXT_SUCCESS', 'FIRST_SUCCESS', 'SUCCESS'];
      await waitFor(async () => (states.indexOf(await stateOf(song)) >= states.indexOf(moment) ? true : undefined));
      await server.kill();
      await server.start();
    }
    for (const song of songs) {
      const isEnd = (body: string): boolean => {
        const data = objectAt(parseJsonObject(body), 'data');
        return data['task_id'] === song && ['complete', 'error'].includes(textAt(data, 'callbackType'));
      };
      const end = await sink.next(({ body }) => isEnd(body), { timeoutMs: 60_000 });
      assert.equal(parseJsonObject(end.body)['code'], 200, end.body);
    }
    await server.kill();
    const store = createSqliteStore({ path: join(folder, 'atelier.db'), log: silentLog });
    try {
      for (const song of songs) {
        const { output } = (await store.getJob(song)) ?? assert.fail('a song was lost');
        const files = output.assets.map(({ role, index }) => `${role} ${index}`).toSorted();
        assert.deepEqual(files, ['audio 1', 'audio 2', 'cover 1', 'cover 2']);
        const deliveries = await store.listDeliveries({ jobId: song, limit: 10 });
        const stages = deliveries.map(({ body }) => textAt(objectAt(parseJsonObject(body), 'data'), 'callbackType')).toReversed();
        assert.deepEqual(
          stages,
          ['text', 'first', 'complete'].filter((stage) => stages.includes(stage)),
        );
      }
    } finally {
      await store.close();
    }
  });
});
