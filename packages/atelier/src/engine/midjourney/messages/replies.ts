import { type JsonObject, asText } from '@atelier/lib/json';
import type { BotMessage } from './message.ts';

/** The lines of an answer: the descriptions of its embeds, then its texts. */
const linesOf = ({ embeds, content }: BotMessage): string[] =>
  [...embeds.map((embed) => asText(embed['description']) ?? ''), content]
    .join('\n')
    .split('\n')
    .map((line) => line.trim());

/** The labels of /info in Midjourney's words, and the names of the fields in the job's result. Source: midjourney-bot, info. */
const INFO_LABELS: Readonly<Record<string, string>> = {
  'user id': 'user_id',
  subscription: 'subscription',
  'job mode': 'job_mode',
  'visibility mode': 'visibility_mode',
  'fast time remaining': 'fast_time_remaining',
  'lifetime usage': 'lifetime_usage',
  'fast usage': 'fast_usage',
  'turbo usage': 'turbo_usage',
  'relaxed usage': 'relaxed_usage',
  'queued jobs (fast)': 'queued_jobs_fast',
  'queued jobs (relax)': 'queued_jobs_relax',
  'running jobs': 'running_jobs',
};

/** Returns the fields of /info as Midjourney writes them, without fields that the message does not have. */
export function infoFields(message: BotMessage): JsonObject {
  const fields: JsonObject = {};
  for (const line of linesOf(message)) {
    const match = /^\*\*(.+?)\*\*:\s*(.*)$/.exec(line);
    const name = INFO_LABELS[(match?.[1] ?? '').toLowerCase()];
    if (name) fields[name] = (match?.[2] ?? '').trim();
  }
  return fields;
}

/** The keycap digit at the start of each prompt of /describe and /shorten. */
const KEYCAP = /^(?:[0-9]\uFE0F?\u20E3|🔟)\s*/;

/** The prompts that /describe or /shorten proposes, in their order. */
export function proposedPrompts(message: BotMessage): string[] {
  const lines = linesOf(message);
  return lines.filter((line) => KEYCAP.test(line)).map((line) => line.replace(KEYCAP, ''));
}

export interface Seed {
  jobUuid: string;
  seed: number;
}

/** Reads the seed from the bot's direct message, or returns undefined. Source: midjourney-bot, seed. */
export function readSeed(content: string): Seed | undefined {
  const jobUuid = /\*\*Job ID\*\*:\s*([0-9a-f-]{36})/i.exec(content)?.[1];
  const seed = /\*\*seed\*\*:?\s*(\d+)/i.exec(content)?.[1];
  return jobUuid === undefined || seed === undefined ? undefined : { jobUuid: jobUuid.toLowerCase(), seed: Number(seed) };
}
