import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The server's figures. `render` writes them in Prometheus' text format. `running` returns the number of jobs that this process runs now. */
export function createMetrics(running: () => number) {
  const registry = new Registry();
  const registers = [registry];
  const jobsEnded = new Counter({
    name: 'atelier_jobs_ended_total',
    help: 'Jobs that reached a final state',
    labelNames: ['dialect', 'verb', 'status'],
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
  const gauge: Gauge = new Gauge({
    name: 'atelier_jobs_running',
    help: 'Jobs that this process is running',
    registers,
    collect: (): void => gauge.set(running()),
  });
  return {
    jobEnded: (labels: { dialect: string; verb: string; status: string }) => jobsEnded.inc(labels),
    attemptMade: (labels: { dialect: string; outcome: string }, durationMs: number) => {
      attempts.inc(labels);
      attemptSeconds.observe(durationMs / 1_000);
    },
    accountPaused: (code: string) => accountsPaused.inc({ code }),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
