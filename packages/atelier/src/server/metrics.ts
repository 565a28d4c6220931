import type { Accounts } from '../account/account-service.ts';
import { countAccounts } from '../core/account.ts';
import { isFinal } from '../core/job.ts';
import { createMetrics, type Metrics } from '../http/metrics.ts';
import type { Worker } from '../queue/worker.ts';
import type { ServerParts } from './parts.ts';

/** The metrics, fed by events and by the changes of jobs. */
export function createServerMetrics({ clock, events, watch }: ServerParts, worker: Worker, accounts: Accounts): Metrics {
  const metrics = createMetrics({
    running: () => worker.running(),
    accounts: async () => countAccounts(await accounts.list(), clock.now()),
  });
  events.on('account-paused', (code) => metrics.accountPaused(code));
  events.on('account-held', (code) => metrics.accountHeld(code));
  events.on('late-result', ({ dialect, verb }) => metrics.lateResult({ dialect, verb }));
  events.on('attempt-recorded', ({ outcome, durationMs }, { dialect }) => metrics.attemptMade({ dialect, outcome }, durationMs));
  watch.subscribe((job) => {
    const { dialect, verb, status, lateResult } = job;
    if (isFinal(status) && !lateResult) metrics.jobEnded({ dialect, verb, status });
  });
  return metrics;
}
