import { readChoice, readDuration, readWhole } from '../read-values.ts';
import { setting } from '../setting.ts';

const DAY_MS = 86_400_000;

/** Settings of all Midjourney accounts. Jobs that these limits stop wait; they do not fail. */
export const ACCOUNT_SETTINGS = {
  accountJobsPerDay: setting({
    env: 'ACCOUNT_JOBS_PER_DAY',
    fallback: '',
    doc: 'Most jobs that start on one account within any 24 hours; the others wait. Unset: no limit.',
    read: (text) => (text === '' ? null : readWhole(1, 100_000)(text)),
  }),
  accountJobInterval: setting({
    env: 'ACCOUNT_JOB_INTERVAL',
    fallback: '0s',
    doc: 'Least time between the starts of two jobs of one account, at most `24h`.',
    read(text) {
      const intervalMs = readDuration(text);
      if (intervalMs > DAY_MS) throw new Error(`expected at most 24h, got "${text}"`);
      return intervalMs;
    },
  }),
  fastHoursUsedUp: setting({
    env: 'FAST_HOURS_USED_UP',
    fallback: 'hold',
    doc: 'When the fast hours of an account are used up: `hold` lets its jobs wait, `relax` switches the account to relax mode and goes on.',
    read: readChoice('hold', 'relax'),
  }),
} as const;
