import { writeSync } from 'node:fs';
import { silentLog } from '@atelier/lib/log';
import { NOW_MS, newDelivery, newJob } from '../conformance/fixtures.ts';
import { createSqliteStore } from './sqlite.ts';

/**
 * A process that writes until it is killed. It prints a line for each acknowledgement, with a write that has reached the pipe
 * when it returns: `accepted <job>` and `ended <job> <delivery>`.
 */
const CALLERS = 16;
const STDOUT = 1;

const store = createSqliteStore({ path: process.argv[2] ?? '', log: silentLog });
await store.migrate();

const write = async (): Promise<void> => {
  for (;;) {
    const job = newJob();
    await store.acceptJob({ job });
    writeSync(STDOUT, `accepted ${job.id}\n`);
    const delivery = newDelivery(job);
    await store.transition({ jobId: job.id, version: 1, nowMs: NOW_MS, set: { status: 'completed' }, deliveries: [delivery] });
    writeSync(STDOUT, `ended ${job.id} ${delivery.id}\n`);
  }
};
await Promise.all(Array.from({ length: CALLERS }, write));
