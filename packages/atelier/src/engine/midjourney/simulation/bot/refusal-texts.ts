/** The bot's words in place of a job. */
export interface RefusalText {
  readonly title: string;
  readonly description: string;
  readonly color: number;
  /** The account is out of use: until a person acts, or until a time. */
  readonly state?: 'person' | 'passes';
  /** The bot writes plain text in place of an embed. */
  readonly isPlain?: boolean;
}

const RED = 16_711_680;
const RED_2026 = 15_548_997;
const YELLOW = 16_776_960;
const NOTICE = 16_239_475;

/** Refusals of one job. */
export const REFUSALS: readonly [RefusalText, ...RefusalText[]] = [
  { title: 'Invalid parameter', description: 'Unrecognized parameter(s): `--foo`', color: RED },
  {
    title: 'Banned prompt detected',
    description: 'Sorry! Our AI moderator thinks this prompt is probably against our community standards.',
    color: RED,
  },
  { title: 'Action needed to continue', description: 'Please press the "Appeal" button', color: RED },
  { title: 'Invalid link!', description: 'Could not complete', color: RED_2026 },
  { title: 'Something nobody has seen before', description: 'Error of a new kind', color: RED_2026 },
  { title: 'Sorry! Could not complete the job!', description: 'Try again', color: RED },
  { title: 'Failed to process your command :c', description: '', color: 0, isPlain: true },
];

/** States of the account that a refusal shows. */
export const ACCOUNT_REFUSALS: readonly [RefusalText, ...RefusalText[]] = [
  {
    title: 'Queue full',
    description: 'Your job queue is full. Please wait for a job to finish first, then resubmit this one.',
    color: RED,
    state: 'passes',
  },
  { title: 'Credits exhausted', description: 'You have used up your fast hours', color: RED, state: 'passes' },
  { title: 'Slow Down!', description: 'You can request another upscale soon', color: RED, state: 'passes' },
  {
    title: 'Pending mod message',
    description: 'You have a pending moderation message. Please acknowledge it.',
    color: RED,
    state: 'person',
  },
  { title: 'Blocked', description: 'You have been blocked from accessing Midjourney.', color: RED, state: 'person' },
  { title: 'Subscription required', description: 'Please /subscribe', color: RED, state: 'person' },
];

/** Words after which a job goes on, or after which it ends without another sign. */
export const REMARKS: readonly [RefusalText, ...RefusalText[]] = [
  { title: 'Please wait a little', description: 'Many people are painting', color: YELLOW },
  { title: 'Job timed out', description: 'The job took too long', color: NOTICE },
  { title: 'Content removed', description: 'A moderator looked at this', color: NOTICE },
];

/** A refusal after the job has begun. */
export const LATE_REFUSALS: readonly [RefusalText, ...RefusalText[]] = [
  { title: 'Sorry, something went wrong', description: 'The job encountered an error. Our team has been notified.', color: RED_2026 },
  { title: 'Request cancelled due to output filters', description: 'Moderated', color: RED },
  { title: 'Image denied', description: 'Moderated', color: RED },
];
