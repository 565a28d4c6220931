import type { FastifyRequest } from 'fastify';
import type { Account } from '../../../core/account.ts';
import { JobError } from '../../../core/errors.ts';
import { isJsonObject, parseJson, type JsonObject, type JsonValue } from '@atelier/lib/json';

export const MAX_PROMPT_LENGTH = 2048;
export const MAX_REPLY_LENGTH = 1024;
export const MAX_NAME_LENGTH = 256;
/** Most jobs that a Midjourney plan runs at once. Source: useapi, jobs/button, `maxJobs`. */
export const MOST_JOBS = 15;

/** Longest URL that browsers and servers accept in practice. */
const MAX_URL_LENGTH = 2048;

/** The fields of the body; an empty object without a body. */
export const bodyOf = (request: FastifyRequest): JsonObject => (isJsonObject(request.body) ? request.body : {});

/** A 400 (on the sync pages a 412) with this text. */
export const invalid = (message: string, field: string): JobError => new JobError('invalid-request', message, { facts: { field } });

/** True for values that clients send in unused fields: `""`, blanks, `null`, `0`. */
export const isAbsent = (value: unknown): boolean =>
  value === undefined || value === null || value === 0 || (typeof value === 'string' && value.trim() === '');

/** Text without quotes; any other value as JSON. */
export const toText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

/** The field as text, or undefined when absent. Numbers are taken as text: clients send numeric reference ids. */
export function readText(body: JsonObject, field: string, maxLength = Infinity): string | undefined {
  const value = body[field];
  if (value === undefined || isAbsent(value)) return undefined;
  if (typeof value !== 'string' && !Number.isSafeInteger(value)) throw invalid(`${field} is not valid`, field);
  const text = toText(value);
  if (text.length > maxLength) throw invalid(`${field} is too long`, field);
  return text;
}

/** The field as text. Absent: `<field> is missing`. */
export function requireText(body: JsonObject, field: string, maxLength = Infinity): string {
  const text = readText(body, field, maxLength);
  if (text === undefined) throw invalid(`${field} is missing`, field);
  return text;
}

/** `maxJobs` as written: a number, or digits from a form; undefined when absent, NaN when it is anything else. */
export function readCount(body: JsonObject, field: string): number | undefined {
  const value = body[field];
  const count = typeof value === 'string' ? Number(value) : value;
  if (isAbsent(count)) return undefined;
  return typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : Number.NaN;
}

/** The threshold that a job request sends along, 1–15. */
export function readMaxJobs(body: JsonObject): number | undefined {
  const maxJobs = readCount(body, 'maxJobs');
  if (maxJobs === undefined || maxJobs <= MOST_JOBS) return maxJobs;
  throw invalid(`maxJobs ${toText(body['maxJobs'])} is not valid, 1 to ${MOST_JOBS} supported`, 'maxJobs');
}

/** `maxJobs` as a draft has it. */
export function readThreshold(body: JsonObject): { maxJobs?: number } {
  const maxJobs = readMaxJobs(body);
  return maxJobs === undefined ? {} : { maxJobs };
}

/** The URL as the caller wrote it, refused by its form alone with `<field> is not valid` or `<field> is too long`. */
export function checkUrlField(url: string, field: string, checkUrl: (url: string) => string): string {
  if (url.length > MAX_URL_LENGTH) throw invalid(`${field} is too long`, field);
  // The URL parser drops control characters silently, but the stored and displayed URL would keep them.
  if (hasControls(url)) throw invalid(`${field} is not valid`, field);
  try {
    checkUrl(url);
    return url;
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    throw invalid(`${field} is not valid: ${error.message}`, field);
  }
}

/** Texts of a list that may come as JSON, as a repeated form field (`name` or `name[]`), or as JSON text in a form. */
export function readList(body: JsonObject, field: string): string[] {
  const value = body[field] ?? body[`${field}[]`];
  if (value === undefined || isAbsent(value)) return [];
  if (Array.isArray(value)) return value.filter((entry) => !isAbsent(entry)).map((entry) => listEntry(entry, field));
  const text = listEntry(value, field);
  if (!text.trimStart().startsWith('[')) return [text];
  const parsed = parseJson(text);
  if (!parsed.ok || !Array.isArray(parsed.value)) throw invalid(`${field} is not valid`, field);
  return parsed.value.map((entry) => listEntry(entry, field));
}

function listEntry(value: unknown, field: string): string {
  if (typeof value !== 'string') throw invalid(`${field} is not valid`, field);
  return value;
}

/** True for text with control characters: stores refuse them and terminals act on them. */
export const hasControls = (text: string): boolean => /\p{Cc}/u.test(text);

export const queryOf = (request: FastifyRequest): JsonObject => (isJsonObject(request.query) ? request.query : {});

/** The `jobid` of the query; one client sends it twice. */
export function readJobId(request: FastifyRequest): string {
  const value = queryOf(request)['jobid'];
  const candidates = Array.isArray(value) ? value : [value];
  const jobid = candidates.find((candidate): candidate is string => typeof candidate === 'string' && candidate.trim() !== '');
  if (jobid === undefined) throw invalid('Query param jobid not provided', 'jobid');
  return jobid.trim();
}

/** A Discord id, or undefined when absent. */
export function readSnowflake(body: JsonObject, field: 'channel' | 'server'): string | undefined {
  const id = readText(body, field)?.trim();
  if (id !== undefined && !isSnowflake(id)) throw invalid(`${field} (${id}) is not valid Discord ${field} id`, field);
  return id;
}

export const isSnowflake = (text: string): boolean => /^\d{6,20}$/.test(text);

/** The `server` of an account; a private channel belongs to no server. */
export const serverOf = ({ guildId }: Pick<Account, 'guildId'>): { server?: string } => (guildId === '' ? {} : { server: guildId });
