import type { ErrorCode } from 'atelier/core/errors';
import type { Verb } from './plan.ts';

/** A scenario that one request of the account meets. */
export interface ScenarioFacts {
  /** The simulator's scenario words. */
  words: string;
  /** The code with which that job fails; null: the job completes. */
  code: ErrorCode | null;
  /** The bot's words that must stand in the failure. */
  says?: RegExp;
  /** The scenario applies to these verbs; jobs of other verbs complete. */
  only?: readonly Verb[];
  /** The message stays readable in the channel. An ephemeral message is lost with the session, and the job is requested again. */
  lasts?: true;
  /** The scenario affects more than one job, so a plan with it has one request. */
  alone?: true;
  /** The bot works on the job: the simulator counts it as asked. */
  runs?: true;
}

/** Verbs that start a job with progress messages by their first request. */
export const WITH_PROGRESS: readonly Verb[] = ['imagine', 'V', 'blend'];

/** A scenario of a job that has started. */
const halfWay = (words: string, code: ErrorCode, says: RegExp): ScenarioFacts => ({
  words,
  code,
  says,
  only: WITH_PROGRESS,
  lasts: true,
  runs: true,
});

const SINGLE = {
  'fails with 500': { words: '500', code: null },
  silence: { words: 'hang', code: 'upstream-silent' },
  'interaction failure': { words: 'interaction-failure', code: 'upstream-silent' },
  'queue full': { words: 'queue-full', code: null },
  'credits exhausted': { words: 'credits', code: null },
  restricted: { words: 'restricted', code: 'upstream-refused', says: /batch jobs in relax mode/ },
  // Midjourney runs it later. useapi refuses the job: then no job may get its picture.
  queued: { words: 'queued', code: 'job-queued', only: [...WITH_PROGRESS, 'U'], runs: true },
  'slow down half way': halfWay('slow-down', 'upstream-rate-limited', /another upscale/),
  'fails half way': halfWay('fail', 'upstream-failed', /went wrong while the job was running/),
  'declined half way': halfWay('decline', 'prompt-moderated', /encountered an error/),
  'stopped half way': halfWay('timed-out', 'upstream-refused', /stopped after too long a time/),
  'removed in private': {
    words: 'content-removed',
    code: 'upstream-refused',
    says: /did not pass our checks/,
    only: WITH_PROGRESS,
    runs: true,
  },
  'fast hours in private words': { words: 'fast-hours-content', code: 'upstream-refused', says: /run out of fast hours/ },
  'asks back': { words: 'asks-back', code: 'upstream-refused', only: ['imagine'], says: /./ },
  // Other jobs with the same prompt may wait for it.
  stall: { words: 'stall', code: 'timeout', only: WITH_PROGRESS, lasts: true, alone: true, runs: true },
  captcha: { words: 'captcha', code: 'captcha-required', alone: true, says: /human/ },
  'captcha page': { words: 'captcha-page', code: 'captcha-required', alone: true },
  'human check': { words: 'human-check', code: 'captcha-required', alone: true },
  'captcha from Discord': { words: 'rest-captcha', code: 'captcha-required', alone: true, lasts: true },
  'abuse block': { words: 'abuse', code: 'account-blocked', alone: true, lasts: true },
  'pending moderation': { words: 'pending-mod', code: 'pending-moderation', alone: true, lasts: true },
  // The account pauses; the job goes on.
  'notice by mention': { words: 'notice-mention', code: null, alone: true },
  'notice in private': { words: 'notice-private', code: null, alone: true },
  'notice by direct message': { words: 'notice-direct', code: null, alone: true },
} as const satisfies Record<string, ScenarioFacts>;

/** Refusals that the simulator shows in every place, each with its code and words. */
const REFUSALS = {
  moderated: ['prompt-moderated', /AI moderators/],
  banned: ['prompt-moderated', /./],
  'invalid-parameter': ['prompt-invalid', /./],
  'image-denied': ['prompt-moderated', /./],
  'failed-content': ['upstream-failed', /Failed to process your command/],
} as const;

const EARLY_PLACES = ['first', 'first-content', 'thinking'] as const;
const LATE_PLACES = ['reply', 'reply-content', 'edit', 'private'] as const;

const refusals = Object.entries(REFUSALS).flatMap(([name, [code, says]]): [string, ScenarioFacts][] => [
  ...EARLY_PLACES.map((place): [string, ScenarioFacts] => [`${name}/${place}`, { words: `${name}/${place}`, code, says }]),
  ...LATE_PLACES.map((place): [string, ScenarioFacts] => {
    const { lasts: _lasts, ...facts } = halfWay(`${name}/${place}`, code, says);
    return [`${name}/${place}`, place === 'private' ? facts : { ...facts, lasts: true }];
  }),
]);

/** By name; the refusals under `<name>/<place>`. */
export const SCENARIOS: ReadonlyMap<string, ScenarioFacts> = new Map<string, ScenarioFacts>([...Object.entries(SINGLE), ...refusals]);
