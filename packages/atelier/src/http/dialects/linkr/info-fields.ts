import type { JsonObject } from '@atelier/lib/json';

/** Reads one line of Midjourney's answer into the vendor's short form. */
type ReadInfoField = (text: string) => string;

const asIs: ReadInfoField = (text) => text;
const inLowerCase: ReadInfoField = (text) => text.toLowerCase();

/** `Mega (Active monthly, renews next on <t:1>)` is `Mega`. */
const plan: ReadInfoField = (text) => text.replace(/\s*\(.*$/s, '');

/** `Fast` is `fast`; Midjourney also writes `Relaxed` where the vendor has `relax`. */
const jobMode: ReadInfoField = (text) => text.toLowerCase().replace(/^relaxed$/, 'relax');

/** `2.8/60.0 hours (5%)` is `2:48:00`. */
const remainingTime: ReadInfoField = (text) => {
  const hours = /^(\d+(?:\.\d+)?)\s*(?:\/|hours?\b)/i.exec(text)?.[1];
  if (hours === undefined) return text;
  const seconds = Math.round(Number(hours) * 3_600);
  const twoDigits = (count: number): string => String(count).padStart(2, '0');
  return `${Math.floor(seconds / 3_600)}:${twoDigits(Math.floor(seconds / 60) % 60)}:${twoDigits(seconds % 60)}`;
};

/** `1,234 images (20.5 hours)` is `1234`; `None` is `0`. */
const count: ReadInfoField = (text) => {
  if (/^none$/i.test(text)) return '0';
  return /^\d[\d,]*(?![\d.,]*\.\d)/.exec(text)?.[0].replaceAll(',', '') ?? text;
};

/** Running jobs are listed by their ids. */
const countOfList: ReadInfoField = (text) => {
  if (/^(none|\d*)$/i.test(text)) return count(text);
  return String(text.split(',').length);
};

/** The fields of `info`, in this order. Source: linkr, info. */
const READERS: Readonly<Record<string, ReadInfoField>> = {
  user_id: asIs,
  subscription: plan,
  job_mode: jobMode,
  visibility_mode: inLowerCase,
  fast_time_remaining: remainingTime,
  lifetime_usage: count,
  fast_usage: count,
  turbo_usage: count,
  relaxed_usage: count,
  queued_jobs_fast: count,
  queued_jobs_relax: count,
  running_jobs: countOfList,
};

/**
 * Midjourney's answer to `/info` in the vendor's short forms, every field a text. A line that Midjourney left out is null; a line in an unknown
 * form keeps Midjourney's words.
 */
export function toInfo(answer: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(READERS).map(([field, read]) => {
      const value = answer[field];
      const text = typeof value === 'number' ? String(value) : value;
      return [field, typeof text === 'string' && text.trim() !== '' ? read(text.trim()) : null];
    }),
  );
}
