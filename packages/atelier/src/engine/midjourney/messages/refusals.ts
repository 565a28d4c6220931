import type { FailureCode, JobFailure } from '../../../core/errors.ts';
import { snowflakeToMs } from '@atelier/lib/ids';
import { type JsonObject, asNumber, asObject, asObjects, asText } from '@atelier/lib/json';
import { type BotMessage, goesOn } from './message.ts';
import { textsOf } from './plain-form.ts';
import { parseHeading } from './prompt-text.ts';
import { proposedPrompts } from './replies.ts';

/**
 * Midjourney's words in place of the job, or beside it:
 * - `failed`    ends the job
 * - `queued`    Midjourney starts the job later
 * - `held`      the account cannot run jobs for a time: `forMs` milliseconds from now, or null if the text names no length
 * - `asks-back` a question with buttons, which no program presses; the job would wait for ever
 * - `remark`    changes nothing by itself; these words belong into the failure if the job ends badly
 */
export type MidjourneyRefusal =
  | { outcome: 'failed'; failure: JobFailure }
  | { outcome: 'queued' }
  | { outcome: 'held'; failure: JobFailure; forMs: number | null }
  | { outcome: 'asks-back'; failure: JobFailure }
  | { outcome: 'remark'; failure: JobFailure };

interface RefusalRule {
  readonly title: RegExp;
  /** For shared titles: the description or the footer must match too. */
  readonly text?: RegExp;
  readonly code: FailureCode | 'queued';
  /** `always`: a state that passes. `with-length`: only if the text names its length. */
  readonly passes?: 'always' | 'with-length';
}

/**
 * Midjourney's own titles; the first match wins. Midjourney changes its wording often, so a title without a row is a remark. Source:
 * midjourney-bot, refusals; midjourney-bot, temporary states.
 */
const RULES: readonly RefusalRule[] = [
  { title: /^pending mod(?:eration)? message/i, code: 'pending-moderation' },
  { title: /^action required to continue/i, code: 'captcha-required' },
  { title: /please complete the task/i, code: 'captcha-required' },
  { title: /^action needed to continue/i, code: 'prompt-moderated' },
  {
    title: /^(?:temporar(?:y|ily) )?block(?:ed)?\b|^you (?:have been|are) (?:temporarily )?blocked/i,
    code: 'account-blocked',
    passes: 'with-length',
  },
  { title: /^subscription (?:required|paused)|^plan cancell?ed/i, code: 'subscription-required' },
  { title: /^tos not accepted/i, code: 'account-paused' },
  { title: /^credits exhausted/i, code: 'credits-exhausted', passes: 'always' },
  { title: /^job queued/i, code: 'queued' },
  { title: /^queue full/i, code: 'queue-full', passes: 'always' },
  { title: /^banned (?:image )?prompt/i, code: 'prompt-moderated' },
  { title: /^image denied/i, code: 'prompt-moderated' },
  { title: /^request cancell?ed due to (?:image|output)?/i, code: 'prompt-moderated' },
  { title: /^(?:invalid (?:parameter|link|prompt|request)|empty prompt)/i, code: 'prompt-invalid' },
  { title: /^duplicate images detected/i, code: 'prompt-invalid' },
  { title: /^slow down|^too many requests|^rate limit/i, code: 'upstream-rate-limited', passes: 'always' },
  { title: /^job action restricted/i, code: 'upstream-refused' },
  { title: /^you are not allowed to dm/i, code: 'upstream-refused' },
  { title: /^sorry! could not complete the job/i, code: 'upstream-failed' },
  { title: /^sorry, something went wrong/i, text: /\bdecline-/, code: 'prompt-moderated' },
  { title: /^sorry, something went wrong/i, code: 'upstream-failed' },
  { title: /^failed\b/i, code: 'upstream-failed' },
];

/** 0xFFFF00: a warning; the job goes on. */
const YELLOW = 16_776_960;
const SOUNDS_REFUSED = /invalid|denied|\berror\b/i;

/** Words of the bot with a title: an embed, or a text with its first line as the title. */
interface BotWords {
  readonly title: string;
  readonly details: string | null;
  readonly footer: string;
  readonly color: number;
}

/**
 * Returns the bot's words in a message, or null for a start message, a result or a list of prompts without words. If a message says several
 * things, a refusal counts more than a remark. `nowMs` (Discord's clock; default: the instant of the message) is the start of `forMs`.
 */
export function readRefusal(message: BotMessage, nowMs: number = snowflakeToMs(message.id)): MidjourneyRefusal | null {
  const isList = proposedPrompts(message).length > 0;
  const inEmbeds = message.embeds.flatMap((embed) => wordsOfEmbed(embed, isList) ?? []).map((words) => judge(words, message, nowMs));
  const inTexts = isList ? [] : wordsInTexts(message).map((words) => judge(words, message, nowMs));
  // Short texts beside a heading are labels unless a rule knows them.
  const isHeaded = goesOn(message) || isHeading(message.content);
  const all = [...inEmbeds, ...inTexts.filter(({ outcome }) => !isHeaded || outcome !== 'remark')];
  return all.find(({ outcome }) => outcome !== 'remark') ?? all[0] ?? null;
}

const isHeading = (text: string): boolean => parseHeading(text) !== null;

function wordsInTexts(message: BotMessage): BotWords[] {
  const color = message.places.lifted.accentColor ?? 0;
  const texts = textsOf(message.places).filter((text) => !isHeading(text));
  // A title may stand in one text and its details in the next ones.
  return texts.map((_, index) => toWords(texts.slice(index).join('\n'), '', color)).filter((words) => words.title !== '');
}

/** An embed that shows the heading of a job, or a list of prompts without a title, has no words for the user. */
function wordsOfEmbed(embed: JsonObject, isList: boolean): BotWords | null {
  const description = asText(embed['description'])?.trim() ?? '';
  const title = asText(embed['title'])?.trim() || asText(asObject(embed['author'])?.['name'])?.trim() || '';
  if (isHeading(description) || isHeading(title)) return null;
  const fields = asObjects(embed['fields']).map(({ name, value }) => `${asText(name) ?? ''}: ${asText(value) ?? ''}`);
  const footer = asText(asObject(embed['footer'])?.['text']) ?? '';
  const color = asNumber(embed['color']) ?? 0;
  const details = [description, ...fields].filter((text) => text !== '').join('\n');
  if (title !== '') return { title, details: details || null, footer, color };
  return details === '' || isList ? null : toWords(details, footer, color);
}

function toWords(text: string, footer: string, color: number): BotWords {
  const [title = '', ...rest] = text.trim().split('\n');
  return { title: title.trim(), details: rest.join('\n').trim() || null, footer, color };
}

/** Text displays may show a title as `### Title` or `**Title**`. */
const plain = (title: string): string =>
  title
    .replace(/^(?:#{1,3} |-# |> )/, '')
    .replace(/^([*_]{1,3})(.+)\1$/, '$2')
    .trim();

function judge({ title, details, footer, color }: BotWords, message: BotMessage, nowMs: number): MidjourneyRefusal {
  const plainTitle = plain(title);
  const rule = RULES.find((row) => row.title.test(plainTitle) && (!row.text || row.text.test(`${details ?? ''}\n${footer}`)));
  if (rule?.code === 'queued') return { outcome: 'queued' };
  const failure: JobFailure = { code: rule?.code ?? 'upstream-refused', title: plainTitle, details };
  if (rule) {
    const untilMs = rule.passes && instantIn(`${title}\n${details ?? ''}`, snowflakeToMs(message.id));
    const forMs = untilMs === undefined ? null : Math.max(untilMs - nowMs, 0);
    return rule.passes === 'always' || forMs !== null ? { outcome: 'held', failure, forMs } : { outcome: 'failed', failure };
  }
  if (color !== YELLOW && SOUNDS_REFUSED.test(title)) return { outcome: 'failed', failure };
  return { outcome: asksBack(message) ? 'asks-back' : 'remark', failure };
}

/** The buttons of a known family go on with a picture, cancel a job, or switch a setting. Source: midjourney-bot, buttons. */
const KNOWN_FAMILY = /^MJ::(?:JOB|Job|CancelJob|BOOKMARK|Settings|Picread|Inpaint|Outpaint|CustomZoom)::/;
const ANSWER = /^(?:yes|no|ok(?:ay)?|confirm|continue|proceed|accept|agree|go on|cancel|dismiss|decline)\b/i;

/** Returns true if the message waits for an answer by a button. Source: midjourney-bot, questions before a batch. */
function asksBack({ components, isPrivate }: BotMessage): boolean {
  const questions = components.filter(({ customId, disabled }) => customId !== null && !disabled && !KNOWN_FAMILY.test(customId));
  return questions.some(({ label }) => ANSWER.test(label)) || (isPrivate && questions.length > 1);
}

const MINUTE_MS = 60_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: MINUTE_MS,
  h: 60 * MINUTE_MS,
  d: 1_440 * MINUTE_MS,
  w: 10_080 * MINUTE_MS,
};
/** A later instant is a mistake. */
const MAX_LENGTH_MS = 366 * (UNIT_MS['d'] ?? 0);
const NUMBER_WORDS: Readonly<Record<string, number>> = { a: 1, an: 1, one: 1, two: 2, three: 3, few: 5 };
const LENGTH =
  /(\d+(?:[.,]\d+)?|\b(?:an?|one|two|three|few)(?= ))\s*(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:eeks?)?)\b/gi;
/** A length counts behind one of these words only: "15 hours" alone may be the size of a plan. */
const LEADS_IN = /\b(?:in|for|wait|after|within|another|lasts?|expires?|next|block(?:ed)? of)\b[^.\n\d]{0,30}$|\($/i;
const TIMESTAMP = /<t:(\d{9,11})(?::[a-z])?>/gi;
const DATE =
  /\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2},? \d{4}(?:,? (?:at )?\d{2}:\d{2})?/gi;

/**
 * Returns the latest instant after `sinceMs` that a text names as a timestamp, a date (UTC) or a length ("in 5 minutes", "for 1 hour"), in
 * epoch milliseconds; undefined if it names none.
 */
function instantIn(text: string, sinceMs: number): number | undefined {
  const stamps = [...text.matchAll(TIMESTAMP)].map((match) => Number(match[1]) * 1_000);
  const dates = [...text.matchAll(DATE)].map(([date]) => Date.parse(`${date.replace('T', ' ').replace(' at', '')} UTC`));
  const later = [...stamps, ...dates, sinceMs + lengthIn(text)].filter((atMs) => atMs > sinceMs && atMs < sinceMs + MAX_LENGTH_MS);
  return later.length === 0 ? undefined : Math.max(...later);
}

/** Adds up the lengths of one sentence: "2 hours and 5 minutes". Returns milliseconds. */
function lengthIn(text: string): number {
  let total = 0;
  let end = -1;
  for (const match of text.matchAll(LENGTH)) {
    const between = text.slice(Math.max(end, 0), match.index);
    const goesOnWith = end >= 0 && /^(?:,? and |,? )$/.test(between);
    if (!goesOnWith && !LEADS_IN.test(text.slice(Math.max(0, match.index - 60), match.index))) continue;
    const amount = NUMBER_WORDS[(match[1] ?? '').toLowerCase()] ?? Number((match[1] ?? '').replace(',', '.'));
    const lengthMs = amount * (UNIT_MS[(match[2] ?? '').charAt(0).toLowerCase()] ?? 0);
    total = goesOnWith ? total + lengthMs : Math.max(total, lengthMs);
    end = match.index + match[0].length;
  }
  return total;
}

/**
 * Returns true if a page that opened inside Discord is the editor of Vary (Region). Every other page is a human check. Source:
 * midjourney-bot, region editor; midjourney-bot, refusals.
 */
export function isRegionEditor(page: { title: string }, pressed: string | null): boolean {
  const isCheck = RULES.some(({ title, code }) => code === 'captcha-required' && title.test(page.title));
  return pressed?.startsWith('MJ::Inpaint::') === true && !isCheck;
}

export const humanCheck = (page: { title: string }): JobFailure => ({
  code: 'captcha-required',
  title: page.title || 'Action required to continue',
  details: 'Midjourney asks a person to confirm something in Discord.',
});

/** Discord asks an action of the account's owner. Source: discord-userdoccers, ready. */
export const requiredActionFailure = (action: string): JobFailure => ({
  code: /captcha/i.test(action) ? 'captcha-required' : 'account-paused',
  title: `Discord asks for an action of the account's owner: ${action}`,
  details: 'Open Discord with this account, do what it asks for, then reset the account.',
});

export const NO_MASK: JobFailure = {
  code: 'prompt-invalid',
  title: 'Vary (Region) needs a mask',
  details: 'Send a picture in base64 that is white where Midjourney must paint again.',
};
