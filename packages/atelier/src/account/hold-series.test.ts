import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AccountHold } from '../core/account.ts';
import type { FailureCode } from '../core/errors.ts';
import { NO_HOLDS, updateHoldSeries, type HoldEffect, type HoldEvent, type HoldSeries } from './hold-series.ts';

const NOW = 1_000_000;
const trouble = (code: FailureCode, forMs: number | null = null, nowMs = NOW): HoldEvent => ({
  type: 'trouble',
  failure: { code, title: code, details: null },
  forMs,
  nowMs,
});
const holdFor = (code: FailureCode, lengthMs: number): AccountHold => ({
  code,
  title: code,
  details: null,
  sinceMs: NOW,
  untilMs: NOW + lengthMs,
});
const store = (hold: AccountHold, withNotice: boolean): HoldEffect => ({ type: 'store-hold', hold, withNotice });
const held = (hold: AccountHold, backoffMs: number | null = null): HoldSeries => ({ backoffMs, noticedCodes: [hold.code], hold });

const [limited, full, unreachable] = ['upstream-rate-limited', 'queue-full', 'upstream-unreachable'] as const;
const cases: [name: string, before: HoldSeries, event: HoldEvent, after: HoldSeries, effects: HoldEffect[]][] = [
  ['first trouble', NO_HOLDS, trouble(full), held(holdFor(full, 15_000), 15_000), [store(holdFor(full, 15_000), true)]],
  ['a named length', NO_HOLDS, trouble(limited, 45_000), held(holdFor(limited, 45_000)), [store(holdFor(limited, 45_000), true)]],
  ['a named length of nothing', NO_HOLDS, trouble(limited, 0), held(holdFor(limited, 1_000)), [store(holdFor(limited, 1_000), true)]],
  [
    'the next trouble of the series: twice as long, without a notice',
    { backoffMs: 15_000, noticedCodes: [full], hold: null },
    trouble(full),
    held(holdFor(full, 30_000), 30_000),
    [store(holdFor(full, 30_000), false)],
  ],
  [
    'the back-off has a longest length',
    { backoffMs: 480_000, noticedCodes: [full], hold: null },
    trouble(full),
    held(holdFor(full, 600_000), 600_000),
    [store(holdFor(full, 600_000), false)],
  ],
  [
    'another code in the series: a notice of its own',
    { backoffMs: 15_000, noticedCodes: [full], hold: null },
    trouble(limited, 5_000),
    { backoffMs: 15_000, noticedCodes: [full, limited], hold: holdFor(limited, 5_000) },
    [store(holdFor(limited, 5_000), true)],
  ],
  ['a second job meets the same trouble', held(holdFor(full, 15_000), 15_000), trouble(full), held(holdFor(full, 15_000), 15_000), []],
  ['a shorter length', held(holdFor(limited, 45_000)), trouble(limited, 44_999), held(holdFor(limited, 45_000)), []],
  [
    'a longer length',
    held(holdFor(limited, 45_000)),
    trouble(limited, 46_000),
    held(holdFor(limited, 46_000)),
    [store(holdFor(limited, 46_000), false)],
  ],
  [
    'the time is up: the series goes on',
    held(holdFor(full, 15_000), 15_000),
    { type: 'time-is-up' },
    { backoffMs: 15_000, noticedCodes: [full], hold: null },
    [],
  ],
  ['well after the hold', { backoffMs: 60_000, noticedCodes: [full], hold: null }, { type: 'well' }, NO_HOLDS, [{ type: 'clear' }]],
  ['well while Discord seemed unreachable', held(holdFor(unreachable, 15_000), 15_000), { type: 'well' }, NO_HOLDS, [{ type: 'release' }]],
  ['well while limited', held(holdFor(limited, 45_000), 15_000), { type: 'well' }, held(holdFor(limited, 45_000)), []],
  [
    'a hold of the process before',
    NO_HOLDS,
    { type: 'hold-found', hold: holdFor(limited, 45_000) },
    held(holdFor(limited, 45_000)),
    [{ type: 'set-timer', hold: holdFor(limited, 45_000) }],
  ],
];

describe('the holds of an account', () => {
  for (const [name, before, event, after, effects] of cases) {
    test(name, () => assert.deepEqual(updateHoldSeries(before, event), { series: after, effects }));
  }
});
