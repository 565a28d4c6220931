import type { MessageDraft } from '../../discord/model.ts';

/**
 * The places where a refusal can show. `suffix` is the text that a scenario word adds to choose the place (`sim:banned/reply`); null: no word can choose it.
 */
export const REFUSAL_PLACES = {
  /** In place of a start message: an embed with the user's nonce, visible to the user alone. */
  first: { suffix: 'first', doc: 'at once' },
  'first-content': { suffix: 'first-content', doc: 'at once, as plain text' },
  'late-reply': { suffix: 'reply', doc: 'half way, as a reply to the start message' },
  'late-reply-content': { suffix: 'reply-content', doc: 'half way, as a reply of plain text' },
  'late-edit': { suffix: 'edit', doc: 'half way, as an edit of the start message' },
  'late-private': { suffix: 'private', doc: 'half way, as a private reply to the start message' },
  thinking: { suffix: 'thinking', doc: 'at once, in a private message that thinks first' },
  iframe: { suffix: null, doc: 'at once, as an embedded page (`INTERACTION_IFRAME_MODAL_CREATE`)' },
} as const satisfies Record<string, { suffix: string | null; doc: string }>;

export type RefusalPlace = keyof typeof REFUSAL_PLACES;

export const isRefusalPlace = (name: string): name is RefusalPlace => Object.hasOwn(REFUSAL_PLACES, name);

export interface BotRefusal {
  readonly title: string;
  readonly text: string;
  readonly color: number;
  readonly place: RefusalPlace;
  /** The button below the text. */
  readonly button?: { label: string; customId: string };
  /** Replaces the usual `/imagine <prompt>`; null: without a footer. */
  readonly footer?: string | null;
  /** A sentence for the documentation: an effect beyond the message itself. */
  readonly note?: string;
}

/** A refusal and the place where it shows. */
export interface PlacedRefusal {
  readonly name: RefusalName;
  readonly place: RefusalPlace;
}

/** Stands in a text for the time when a refusal ends; `refusalDraft` replaces it with Discord's notation of a time. */
const SOON = '{soon}';

const RED = 16_711_680;
const YELLOW = 16_776_960;
const REPLY_RED = 15_548_997;
const NOTICE = 16_239_475;

const early = (title: string, text: string): BotRefusal => ({ title, text, color: RED, place: 'first' });
const noticePrefix = 'MJ::Notice::';
const notice = (label: string): { label: string; customId: string } => ({ label, customId: `${noticePrefix}${label}` });

/** A button that only a person should press: a press is counted and changes nothing. */
export const isNotice = (customId: string): boolean => customId.startsWith(noticePrefix);

/**
 * Every refusal that the bot sends in place of a picture; `sim:<name>` in a prompt asks for it. Texts that Midjourney never published are
 * made up. Source: midjourney-bot, refusals.
 */
export const REFUSALS = {
  'invalid-parameter': early('Invalid parameter', 'Unrecognized parameter(s): `simulated`'),
  'invalid-parameter-content': {
    title: 'Invalid parameter',
    text: 'Invalid parameter\nUnrecognized parameter(s): `simulated`',
    color: 0,
    place: 'late-reply-content',
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
  'image-denied': { title: 'Image denied', text: 'A picture in this prompt was denied.', color: RED, place: 'late-edit' },
  'image-filter': {
    title: 'Request cancelled due to image filters',
    text: 'The pictures of this request did not pass the filters.',
    color: RED,
    place: 'late-edit',
  },
  'output-filter': {
    title: 'Request cancelled due to output filters',
    text: 'The result of this request did not pass the filters.',
    color: RED,
    place: 'late-edit',
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
    place: 'first',
    note: 'The job runs a little later; its start message has no nonce.',
  },
  'pending-mod': {
    ...early('Pending mod message', 'You have a pending moderation message. Please acknowledge it before using the bot further.'),
    button: notice('Acknowledge'),
    note: 'Every command of this user is refused until the control route acknowledges it.',
  },
  blocked: early('Blocked', 'You have been blocked from accessing Midjourney.'),
  'temporary-block': {
    ...early('Blocked', `You have been temporarily blocked from accessing Midjourney. You can use it again ${SOON}.`),
    note: 'Every command of this user is refused until that time (`blockMs`).',
  },
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
    place: 'late-reply',
  },
  restricted: early('Job action restricted', 'You can not submit batch jobs in relax mode.'),
  fail: {
    title: 'Sorry! Could not complete the job!',
    text: 'Something went wrong while the job was running.',
    color: RED,
    place: 'late-reply',
  },
  decline: {
    title: 'Sorry, something went wrong',
    text: 'The job encountered an error. Our team has been notified.',
    color: REPLY_RED,
    place: 'late-reply',
    footer: 'decline-revise-frolic',
  },
  duplicate: { title: 'Duplicate images detected', text: 'The same picture was given twice.', color: 0, place: 'first' },
  tos: { ...early('Tos not accepted', 'Please accept our terms of service to go on.'), button: notice('Accept ToS') },
  'fast-hours-content': {
    title: '',
    text: 'You have run out of fast hours. Buy more or switch to relax.',
    color: 0,
    place: 'first-content',
  },
  'timed-out': {
    title: 'Job timed out',
    text: 'Your job was stopped after too long a time.',
    color: NOTICE,
    place: 'late-reply',
    footer: null,
  },
  'content-removed': {
    title: 'Content removed',
    text: 'The result did not pass our checks.',
    color: 0,
    place: 'late-private',
    footer: null,
  },
  'failed-content': { title: '', text: 'Failed to process your command :c', color: 0, place: 'first-content' },
  dm: early('You are not allowed to DM with slash commands', 'Use a server to talk to the bot.'),
  captcha: {
    title: 'Action required to continue',
    text: "Please verify you're human to continue.",
    color: 0,
    place: 'first',
    button: notice('Verify'),
  },
  'captcha-page': { title: 'Please complete the task', text: '', color: 0, place: 'iframe' },
} as const satisfies Record<string, BotRefusal>;

export type RefusalName = keyof typeof REFUSALS;

// `keys` forgets that the names are these alone.
export const REFUSAL_NAMES = Object.keys(REFUSALS) as RefusalName[];

export const isRefusalName = (word: string): word is RefusalName => Object.hasOwn(REFUSALS, word);

/**
 * The message that shows a refusal; `description` replaces the usual text. `untilMs` is the instant that the text names, if it names one.
 */
export function refusalDraft(
  { name, place }: PlacedRefusal,
  { prompt, description, untilMs }: { prompt: string; untilMs: number; description?: string | null },
): MessageDraft {
  const refusal: BotRefusal = REFUSALS[name];
  const text = (description ?? refusal.text).replace(SOON, `<t:${Math.ceil(untilMs / 1_000)}:R>`);
  if (place === 'first-content' || place === 'late-reply-content')
    return { content: refusal.title === '' || text.startsWith(refusal.title) ? text : `${refusal.title}\n${text}` };
  const footer = refusal.footer === undefined ? `/imagine ${prompt}` : refusal.footer;
  return {
    embeds: [{ title: refusal.title, description: text, color: refusal.color, ...(footer === null ? {} : { footer }) }],
    rows: refusal.button ? [[{ kind: 'button', style: 2, label: refusal.button.label, customId: refusal.button.customId }]] : [],
  };
}
