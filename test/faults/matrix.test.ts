/**
 * The fault matrix: the real server and the simulator on loopback, and for each seed a request, a fault of Midjourney's answer, and
 * faults of the connection at random moments. Each job must end with the picture of its request, or fail with the code of the fault.
 *
 *   FAULT_SEEDS=10000 FAULT_FIRST=1000 node --test --test-isolation=none test/faults/matrix.test.ts
 *
 * runs other seeds, and `FAULT_SEEDS=1 FAULT_FIRST=<seed>` one seed. Time runs ten times as fast in the server, so that the waits of the
 * Discord client and of the engine keep their proportion.
 */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { sleep } from '@atelier/lib/clock';
import { createTestServer } from '../test-server.ts';
import { createFastClock } from './fast-clock.ts';
import { runPlan } from './matrix/run-plan.ts';
import { BATCH_SIZE, batchOf, toPlan, toSwitches } from './matrix/plan.ts';

const FIRST = Number(process.env['FAULT_FIRST'] ?? 0);
const SEEDS = Number(process.env['FAULT_SEEDS'] ?? 500);
const SPEED = 10;
const COMMANDS_RENEWED_AFTER_MS = 5_000;
/** Servers that run at once. */
const CONCURRENCY = 3;

describe('fault matrix', { concurrency: CONCURRENCY }, () => {
  let pictures: Server;
  before(async () => {
    pictures = await servePictures();
  });
  after(() => {
    pictures.close();
    pictures.closeAllConnections();
  });

  for (let batch = batchOf(FIRST); batch <= batchOf(FIRST + SEEDS - 1); batch++) {
    const first = Math.max(FIRST, batch * BATCH_SIZE);
    const last = Math.min(FIRST + SEEDS, (batch + 1) * BATCH_SIZE) - 1;
    const switches = toSwitches(batch);
    test(`seeds ${first} to ${last}: ${JSON.stringify(switches)}`, async () => {
      const clock = createFastClock(SPEED);
      const server = await createTestServer(
        {
          ATELIER_NO_PRESET: '1',
          SIMULATOR_PACE: '0.5',
          SIMULATOR_TILE: '8',
          FIRST_ANSWER_TIMEOUT: '40s',
          JOB_TIME_LIMIT: '100s',
        },
        // The machine is not faster than usual: limits in fast time are longer.
        { clock, discordLimits: { interactionIntervalMs: 50, requestTimeoutMs: 100_000, maxRateLimitWaits: 10 } },
      );
      try {
        server.simulator.control.setSwitches(switches);
        const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);
        const deps = {
          server,
          clock,
          switches,
          pictureUrl: (width: number, height: number) => `${addressOf(pictures)}/${width}x${height}.png`,
        };
        const running = Promise.allSettled(seeds.map((seed) => runPlan(deps, toPlan(seed))));
        // Midjourney registers its commands again while the jobs run.
        await sleep(clock, COMMANDS_RENEWED_AFTER_MS);
        server.simulator.control.bumpCommands();
        const results = await running;
        const faults = results.flatMap((result, index) =>
          result.status === 'rejected' ? [`${JSON.stringify(toPlan(seeds[index] ?? 0))}\n    ${reasonOf(result.reason)}`] : [],
        );
        assert.equal(faults.length, 0, `\n${faults.join('\n')}\nAlone: FAULT_SEEDS=1 FAULT_FIRST=<seed>`);
      } finally {
        await server.close();
      }
    });
  }
});

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Serves pictures of the size that their name says. */
async function servePictures(): Promise<Server> {
  const server = createServer((request, response) => {
    const [, width = '1', height = '1'] = /(\d+)x(\d+)/.exec(request.url ?? '') ?? [];
    const background = 'teal';
    void sharp({ create: { width: Number(width), height: Number(height), channels: 3, background } })
      .png()
      .toBuffer()
      .then((bytes) => response.writeHead(200, { 'content-type': 'image/png' }).end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function addressOf(server: Server): string {
  const address = server.address();
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
}
