import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isFinal } from 'atelier/core/job';
import { sleep, systemClock } from '@atelier/lib/clock';
import { textAt } from '@atelier/lib/json';
import type { AccountView } from '@atelier/simulator';
import { createRandom } from '@atelier/lib/random';
import { waitFor, createTestServer, type TestServer } from '../test-server.ts';
import { fetchPicture, isPictureOf } from '../marked-picture.ts';

const ACCOUNTS = 50;
const SLOTS = 12;
const JOBS = ACCOUNTS * SLOTS;
const CUT_EVERY_MS = 500;
const CUT_SHARE = 0.05;

describe(`${ACCOUNTS} accounts with ${SLOTS} jobs each`, () => {
  let server: TestServer;
  let accounts: AccountView[];
  before(async () => {
    server = await createTestServer(
      { ATELIER_NO_PRESET: '1', SIMULATOR_PACE: '3', SIMULATOR_TILE: '8', DISCORD_INTERACTION_INTERVAL: '1ms' },
      { discordLimits: { reconnectDelay: { firstMs: 50, longestMs: 1_000 } } },
    );
    const { control } = server.simulator;
    control.setSwitches({ previews: false });
    accounts = Array.from({ length: ACCOUNTS }, () => control.addAccount({ slots: SLOTS }));
    for (const { token, guildId, channelId } of accounts) {
      const body = { discord: token, server: guildId, channel: channelId, maxJobs: SLOTS };
      assert.equal((await server.call('POST', `/v2/account/midjourney/${channelId}`, body)).status, 204);
    }
  });
  after(() => server.close());

  test('all run at once while connections break, and each ends with its own picture', async () => {
    const { control } = server.simulator;
    const random = createRandom(50);
    let mostAtOnce = 0;
    const breaking = new AbortController();
    const broken = (async () => {
      while (!breaking.signal.aborted) {
        for (const { userId } of accounts) if (random.next() < CUT_SHARE) control.dropConnections(userId);
        mostAtOnce = Math.max(mostAtOnce, control.jobs().length);
        await sleep(systemClock, CUT_EVERY_MS, breaking.signal).catch(() => {});
      }
    })();

    // Every third prompt is the same: only ids tell these jobs apart.
    const prompts = Array.from({ length: JOBS }, (_, index) => (index % 3 === 0 ? 'a fox like the others' : `fox number ${index} of many`));
    const replies = await Promise.all(prompts.map((prompt) => server.call('POST', '/v1/imagine', { prompt })));
    const jobIds = replies.map(({ body }) => textAt(body, 'task_id'));
    await waitFor(async () => {
      const unfinished = await server.atelier.store.listJobs({ limit: 1, statuses: ['queued', 'starting', 'started', 'progress'] });
      return unfinished.length === 0 ? true : undefined;
    });
    breaking.abort();
    await broken;

    const perAccount = new Map<string | null, number>();
    for (const [index, jobId] of jobIds.entries()) {
      const job = await server.atelier.store.getJob(jobId);
      assert.ok(job && isFinal(job.status));
      assert.equal(job.status, 'completed', JSON.stringify(job.failure));
      perAccount.set(job.accountId, (perAccount.get(job.accountId) ?? 0) + 1);
      const { body } = await server.call('GET', `/v1/fetch/${jobId}`);
      const { mark } = await fetchPicture(body['image_url']);
      assert.ok(isPictureOf(job, mark), JSON.stringify({ mark, operation: job.operation }));
      assert.ok(textAt(mark, 'prompt').startsWith(prompts[index] ?? ''));
    }
    assert.equal(mostAtOnce, JOBS, 'all ran at the same time');
    assert.deepEqual([...new Set(perAccount.values())], [SLOTS], 'every account had its share');
  });
});
