import type { FailureCode, JobFailure } from '../../../core/errors.ts';
import { type JsonObject, asNumber, asObject, asText } from '@atelier/lib/json';
import type { BotMessage } from './message.ts';

/**
 * Midjourney's answer in place of the job: `failed` ends the job; `queued` means that Midjourney starts the job later; `remark` changes
 * nothing by itself.
 */
export type MidjourneyRefusal =
  | { outcome: 'failed'; failure: JobFailure }
  | { outcome: 'queued' }
  | { outcome: 'remark'; failure: JobFailure };

interface RefusalRule {
  readonly title: RegExp;
  /** For shared titles: the description or the footer must match too. */
  readonly text?: RegExp;
  readonly code: FailureCode | 'queued';
}

/**
 * Midjourney's own titles; the first match wins. Midjourney changes its wording often, so a title without a row is judged by its colour and
 * a few words. Source: midjourney-bot, refusals.
 */
const RULES: readonly RefusalRule[] = [
  { title: /^pending mod(?:eration)? message/i, code: 'pending-moderation' },
  { title: /^action required to continue/i, code: 'captcha-required' },
  { title: /please complete the task/i, code: 'captcha-required' },
  { title: /^action needed to continue/i, code: 'prompt-moderated' },
  { title: /^blocked\b|^you have been blocked/i, code: 'account-blocked' },
  { title: /^subscription (?:required|paused)|^plan cancell?ed/i, code: 'subscription-required' },
  { title: /^tos not accepted/i, code: 'account-paused' },
  { title: /^credits exhausted/i, code: 'credits-exhausted' },
  { title: /^job queued/i, code: 'queued' },
  { title: /^queue full/i, code: 'queue-full' },
  { title: /^banned (?:image )?prompt/i, code: 'prompt-moderated' },
  { title: /^image denied/i, code: 'prompt-moderated' },
  { title: /^request cancelled due to (?:image|output)?/i, code: 'prompt-moderated' },
  { title: /^(?:invalid (?:parameter|link|prompt|request)|empty prompt)/i, code: 'prompt-invalid' },
  { title: /^duplicate images detected/i, code: 'prompt-invalid' },
  { title: /^slow down/i, code: 'upstream-rate-limited' },
  { title: /^job action restricted/i, code: 'upstream-refused' },
  { title: /^you are not allowed to dm/i, code: 'upstream-refused' },
  { title: /^sorry! could not complete the job/i, code: 'upstream-failed' },
  { title: /^sorry, something went wrong/i, text: /\bdecline-/, code: 'prompt-moderated' },
  { title: /^sorry, something went wrong/i, code: 'upstream-failed' },
  { title: /^failed\b/i, code: 'upstream-failed' },
];

/** A message without embed is a refusal only if its text starts like this; every other text is an answer. */
const PLAIN = /^(?:invalid parameter|failed\b)/i;

/** 0xFF0000 and, since 2026, 0xED4245. */
const RED: readonly number[] = [16_711_680, 15_548_997];
/** 0xFFFF00: a warning; the job goes on. */
const YELLOW = 16_776_960;
const SOUNDS_REFUSED = /invalid|denied|\berror\b/i;

/** Returns the refusal or remark in a message, or null for a start message, a result, or the answer of a small command. */
export function readRefusal(message: BotMessage): MidjourneyRefusal | null {
  for (const embed of message.embeds) {
    const found = readEmbed(embed);
    if (found) return found;
  }
  if (!PLAIN.test(message.content)) return null;
  const [title = '', ...rest] = message.content.split('\n');
  return judge(title.trim(), rest.join('\n').trim() || null, '', RED[0]);
}

function readEmbed(embed: JsonObject): MidjourneyRefusal | null {
  const title = asText(embed['title'])?.trim() ?? '';
  const details = asText(embed['description'])?.trim() || null;
  const footer = asText(asObject(embed['footer'])?.['text']) ?? '';
  const color = asNumber(embed['color']) ?? 0;
  // Some refusals have no title; their description replaces it.
  if (title === '') return RED.includes(color) && details !== null ? judge(details, null, footer, color) : null;
  return judge(title, details, footer, color);
}

function judge(title: string, details: string | null, footer: string, color = 0): MidjourneyRefusal {
  const rule = RULES.find((row) => row.title.test(title) && (!row.text || row.text.test(`${details ?? ''}\n${footer}`)));
  if (rule?.code === 'queued') return { outcome: 'queued' };
  if (rule) return { outcome: 'failed', failure: { code: rule.code, title, details } };
  const failure: JobFailure = { code: 'upstream-refused', title, details };
  const refused = RED.includes(color) || (color !== YELLOW && SOUNDS_REFUSED.test(title));
  return { outcome: refused ? 'failed' : 'remark', failure };
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

export const NO_MASK: JobFailure = {
  code: 'prompt-invalid',
  title: 'Vary (Region) needs a mask',
  details: 'Send a picture in base64 that is white where Midjourney must paint again.',
};
