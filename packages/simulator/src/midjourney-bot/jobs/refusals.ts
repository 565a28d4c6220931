/** Where a refusal shows. */
export type RefusalPlace =
  /** Instead of a start message, with our nonce, seen by the user alone. */
  | 'first'
  /** The same without an embed: the text is the message. */
  | 'first-content'
  /** The job starts; half way the bot replies to its start message. */
  | 'late-reply'
  | 'late-reply-content'
  /** The job starts; half way its start message is edited. */
  | 'late-edit'
  /** An embedded page opens instead of an answer (`INTERACTION_IFRAME_MODAL_CREATE`). */
  | 'iframe';

export interface BotRefusal {
  readonly title: string;
  readonly text: string;
  readonly color: number;
  readonly placement: RefusalPlace;
  /** The button it carries. */
  readonly button?: { label: string; customId: string };
  /** Replaces the usual `/imagine <prompt>`. */
  readonly footer?: string;
}

/** Stands for the time of a minute from now, as Discord writes times. */
export const SOON = '{soon}';

const RED = 16_711_680;
const YELLOW = 16_776_960;
const REPLY_RED = 15_548_997;

const early = (title: string, text: string): BotRefusal => ({ title, text, color: RED, placement: 'first' });
const noticePrefix = 'MJ::Notice::';
const notice = (label: string): { label: string; customId: string } => ({ label, customId: `${noticePrefix}${label}` });

/** A button that asks for a person: pressing it is counted and changes nothing. */
export const isNotice = (customId: string): boolean => customId.startsWith(noticePrefix);

/**
 * Everything the bot says instead of a picture; `sim:<name>` in a prompt asks for it. Source: midjourney-bot, refusals. Where no text was published, the text here is ours.
 */
export const REFUSALS = {
  'invalid-parameter': early('Invalid parameter', 'Unrecognized parameter(s): `simulated`'),
  'invalid-parameter-content': {
    title: 'Invalid parameter',
    text: 'Invalid parameter\nUnrecognized parameter(s): `simulated`',
    color: 0,
    placement: 'late-reply-content',
  },
  'invalid-link': early('Invalid link', 'Could not complete the request: the link does not lead to a picture.'),
  'invalid-link-other-colour': { ...early('Invalid link!', 'Could not complete'), color: YELLOW },
  'invalid-prompt': early('Invalid prompt', 'The prompt could not be read.'),
  'invalid-request': early('Invalid request', 'The request could not be read.'),
  'empty-prompt': early('Empty prompt', 'A prompt needs words or pictures.'),
  banned: early(
    'Banned prompt detected',
    'Sorry! Our AI moderator thinks this prompt is probably against our community standards. Please review our current community standards.',
  ),
  'banned-prompt': early('Banned prompt', 'Sorry! Our AI moderator thinks this prompt is probably against our community standards.'),
  'banned-image': early('Banned image prompt', 'A picture in this prompt is against our community standards.'),
  'image-denied': { title: 'Image denied', text: 'A picture in this prompt was denied.', color: RED, placement: 'late-edit' },
  'image-filter': {
    title: 'Request cancelled due to image filters',
    text: 'The pictures of this request did not pass the filters.',
    color: RED,
    placement: 'late-edit',
  },
  'output-filter': {
    title: 'Request cancelled due to output filters',
    text: 'The result of this request did not pass the filters.',
    color: RED,
    placement: 'late-edit',
  },
  moderated: {
    ...early(
      'Action needed to continue',
      'Sorry! Our AI moderators feel your prompt might be against our community standards. If you think this is a mistake, please press the "Appeal" button and it will be checked again.',
    ),
    button: notice('Appeal'),
  },
  'queue-full': early('Queue full', 'Your job queue is full. Please wait for a job to finish first, then resubmit this one.'),
  queued: {
    title: 'Job queued',
    text: "You have reached the maximum allowed number of concurrent jobs. Don't worry, this job will start as soon as another one finishes!",
    color: YELLOW,
    placement: 'first',
  },
  'pending-mod': {
    ...early('Pending mod message', 'You have a pending moderation message. Please acknowledge it before using the bot further.'),
    button: notice('Acknowledge'),
  },
  blocked: early('Blocked', 'You have been blocked from accessing Midjourney.'),
  subscription: early(
    'Subscription required',
    "Due to extreme demand we can't provide a free trial right now. Please /subscribe to create images with Midjourney.",
  ),
  'subscription-paused': early('Subscription paused', 'Your subscription is paused.'),
  'plan-cancelled': early('Plan Cancelled', 'Your plan was cancelled.'),
  credits: early('Credits exhausted', 'You have used all of your fast hours.'),
  'slow-down': {
    title: 'Slow Down!',
    text: `You can request another upscale for this image ${SOON}`,
    color: YELLOW,
    placement: 'late-reply',
  },
  restricted: early('Job action restricted', 'You can not submit batch jobs in relax mode.'),
  fail: {
    title: 'Sorry! Could not complete the job!',
    text: 'Something went wrong while the job was running.',
    color: RED,
    placement: 'late-reply',
  },
  decline: {
    title: 'Sorry, something went wrong',
    text: 'The job encountered an error. Our team has been notified.',
    color: REPLY_RED,
    placement: 'late-reply',
    footer: 'decline-revise-frolic',
  },
  duplicate: { title: 'Duplicate images detected', text: 'The same picture was given twice.', color: 0, placement: 'first' },
  tos: { ...early('Tos not accepted', 'Please accept our terms of service to go on.'), button: notice('Accept ToS') },
  'failed-content': { title: '', text: 'Failed to process your command :c', color: 0, placement: 'first-content' },
  dm: early('You are not allowed to DM with slash commands', 'Use a server to talk to the bot.'),
  captcha: {
    title: 'Action required to continue',
    text: "Please verify you're human to continue.",
    color: 0,
    placement: 'first',
    button: notice('Verify'),
  },
  'captcha-page': { title: 'Please complete the task', text: '', color: 0, placement: 'iframe' },
} as const satisfies Record<string, BotRefusal>;

export type RefusalName = keyof typeof REFUSALS;

export const isRefusalName = (word: string): word is RefusalName => Object.hasOwn(REFUSALS, word);
