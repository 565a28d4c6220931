import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Attempt, NewDelivery } from '../../src/callback/callback.ts';
import { createDeliver } from '../../src/callback/deliver.ts';
import { createDispatcher } from '../../src/callback/dispatcher.ts';
import { createRetrySchedule, DEFAULT_RETRY_DELAYS_MS } from '../../src/callback/retry.ts';
import { createSigner } from '../../src/callback/sign.ts';
import { createMemoryDeliveryStore } from '../../src/callback/testing/memory-delivery-store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { parseJsonObject, type JsonObject } from '../../src/lib/json.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createUrlGuard } from '../../src/net/url-guard.ts';
import { createWorkshop, type Receiver, type Workshop } from './workshop.ts';

const TASK_ID = 'task_id_5bbe7721119d';
/** Source: kie, music video generation callbacks. */
const failure = { code: 500, msg: 'Internal Error - Please try again later', data: { task_id: TASK_ID, video_url: null } };
const success = (videoUrl: string): JsonObject => ({ code: 200, msg: 'success', data: { task_id: TASK_ID, video_url: videoUrl } });

const VIDEO = Buffer.from('the bytes of a film');

/** Callbacks as the server sends them: dispatched, signed, through the guard; only their bodies are given. */
function startDispatcher(): { deliver(url: string, body: JsonObject): Promise<Attempt>; close(): Promise<void> } {
  const store = createMemoryDeliveryStore();
  const waiting = new Map<string, (attempt: Attempt) => void>();
  const network = createDeliver({ guard: createUrlGuard({ allow: ['127.0.0.0/8'], clock: systemClock }), clock: systemClock });
  const dispatcher = createDispatcher({
    store,
    deliver: network.deliver,
    sign: createSigner({ secrets: [`whsec_${Buffer.alloc(32, 7).toString('base64')}`], kieKey: 'key' }),
    retry: createRetrySchedule({ delaysMs: DEFAULT_RETRY_DELAYS_MS, random: () => 0.5 }),
    clock: systemClock,
    log: silentLog,
    onAttempt: (attempt) => waiting.get(attempt.deliveryId)?.(attempt),
  });
  const end = new AbortController();
  const running = dispatcher.run(end.signal);
  return {
    deliver: (url, body) =>
      new Promise((resolve) => {
        const delivery = deliveryOf(url, body);
        waiting.set(delivery.id, resolve);
        store.add(delivery);
        dispatcher.wake();
      }),
    async close() {
      end.abort();
      await running;
      network.close();
    },
  };
}

function deliveryOf(url: string, body: JsonObject): NewDelivery {
  const nowMs = systemClock.now();
  return {
    id: `msg_${randomUUID()}`,
    jobId: `job_${randomUUID()}`,
    keyId: 'key_1',
    dialect: 'kie',
    url,
    origin: new URL(url).origin,
    body: JSON.stringify(body),
    kieTaskId: TASK_ID,
    dueAtMs: nowMs,
    createdAtMs: nowMs,
  };
}

/** Serves one film, whatever is asked for. */
async function serveVideo(): Promise<{ url: string; server: Server }> {
  const server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'video/mp4' }).end(VIDEO));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/film.mp4` };
}

/** The receivers that kie.ai printed for its music video callbacks, each given the two bodies of the same manual. */
describe('kie.ai’s printed receivers of music video callbacks', () => {
  let workshop: Workshop;
  let dispatcher: ReturnType<typeof startDispatcher>;
  let video: Awaited<ReturnType<typeof serveVideo>>;
  before(async () => {
    workshop = await createWorkshop();
    dispatcher = startDispatcher();
    video = await serveVideo();
  });
  after(async () => {
    video.server.closeAllConnections();
    video.server.close();
    await dispatcher.close();
    await workshop.close();
  });

  async function takesBothBodies(receiver: Receiver): Promise<void> {
    for (const body of [success(video.url), failure]) {
      const attempt = await dispatcher.deliver(`${receiver.url}/suno-video-callback`, body);
      assert.deepEqual([attempt.outcome, attempt.status], ['delivered', 200]);
      assert.deepEqual(parseJsonObject(attempt.responseBody), { status: 'received' });
    }
    await receiver.saw(/Music video generation completed/);
    await receiver.saw(new RegExp(`Video URL: ${video.url}`));
    await receiver.saw(/Note: Video link is valid for 14 days/);
    await receiver.saw(/Music video generation failed: Internal Error - Please try again later/);
  }

  test('Node.js with Express prints the link', async () => {
    const receiver = await workshop.startReceiver('001-video-receiver.js');
    await takesBothBodies(receiver);
    await receiver.saw(new RegExp(`taskId: '${TASK_ID}',\\s+status: 200,\\s+message: 'success'`));
  });

  for (const [language, program] of [
    ['Python with Flask', '001-video-receiver.py'],
    ['PHP', '001-video-receiver.php'],
  ] as const) {
    test(`${language} saves the film and notes when its link ends`, async () => {
      const saved = join(workshop.folder, `music_video_${TASK_ID}.mp4`);
      await rm(saved, { force: true });
      const receiver = await workshop.startReceiver(program);
      await takesBothBodies(receiver);
      await receiver.saw(new RegExp(`callback: ${TASK_ID}, status: 200, message: success`));
      await receiver.saw(new RegExp(`callback: ${TASK_ID}, status: 500, message: Internal Error`));
      await receiver.saw(/Video link will expire on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
      assert.deepEqual(await readFile(saved), VIDEO);
    });
  }
});
