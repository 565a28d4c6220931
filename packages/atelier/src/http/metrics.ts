import type { AccountStatus } from '../core/account.ts';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricsDeps {
  /** The number of jobs that this process runs now. */
  running(): number;
  /** The number of listed accounts by status. */
  accounts(): Promise<Record<AccountStatus, number>>;
}

/** The server's figures. `render` writes them in Prometheus' text format. */
export function createMetrics({ running, accounts }: MetricsDeps) {
  const registry = new Registry();
  const registers = [registry];
  const jobsEnded = new Counter({
    name: 'atelier_jobs_ended_total',
    help: 'Jobs that reached a final state',
    labelNames: ['dialect', 'verb', 'status'],
    registers,
  });
  const lateResults = new Counter({
    name: 'atelier_late_results_total',
    help: 'Results that came after their job had ended without one',
    labelNames: ['dialect', 'verb'],
    registers,
  });
  const attempts = new Counter({
    name: 'atelier_callback_attempts_total',
    help: 'Callback attempts by outcome',
    labelNames: ['dialect', 'outcome'],
    registers,
  });
  const attemptSeconds = new Histogram({
    name: 'atelier_callback_attempt_seconds',
    help: 'Duration of callback attempts',
    buckets: [0.01, 0.05, 0.25, 1, 5, 15],
    registers,
  });
  const accountsPaused = new Counter({
    name: 'atelier_account_pauses_total',
    help: 'Accounts paused by a signal from Discord or Midjourney',
    labelNames: ['code'],
    registers,
  });
  const accountsHeld = new Counter({
    name: 'atelier_account_holds_total',
    help: 'Accounts held for a time by a passing state of Discord or Midjourney',
    labelNames: ['code'],
    registers,
  });
  const accountGauge: Gauge = new Gauge({
    name: 'atelier_accounts',
    help: 'Listed accounts by status: active, held, paused',
    labelNames: ['status'],
    registers,
    collect: async (): Promise<void> => {
      for (const [status, count] of Object.entries(await accounts())) accountGauge.set({ status }, count);
    },
  });
  const gauge: Gauge = new Gauge({
    name: 'atelier_jobs_running',
    help: 'Jobs that this process is running',
    registers,
    collect: (): void => gauge.set(running()),
  });
  return {
    jobEnded: (labels: { dialect: string; verb: string; status: string }) => jobsEnded.inc(labels),
    lateResult: (labels: { dialect: string; verb: string }) => lateResults.inc(labels),
    attemptMade: (labels: { dialect: string; outcome: string }, durationMs: number) => {
      attempts.inc(labels);
      attemptSeconds.observe(durationMs / 1_000);
    },
    accountPaused: (code: string) => accountsPaused.inc({ code }),
    accountHeld: (code: string) => accountsHeld.inc({ code }),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
