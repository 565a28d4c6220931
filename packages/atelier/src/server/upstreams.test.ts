import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { readConfig } from '../config/config.ts';
import { createShutdownHooks } from './shutdown.ts';
import { openUpstreams } from './upstreams.ts';

for (const [midjourney, status] of [
  ['discord', 404],
  ['simulator', 401],
] as const) {
  test(`with MIDJOURNEY_UPSTREAM=${midjourney} and a simulated Suno the control answers ${status}`, async () => {
    const hooks = createShutdownHooks(silentLog);
    const config = readConfig({ MIDJOURNEY_UPSTREAM: midjourney, SUNO_UPSTREAM: 'simulator', SIMULATOR_PORT: '0' });
    const { simulator } = await openUpstreams(config, { clock: systemClock, log: silentLog, hooks });
    try {
      const answer = await fetch(`${simulator?.url}/control`);
      assert.equal(answer.status, status);
    } finally {
      await hooks.closeAll();
    }
  });
}
