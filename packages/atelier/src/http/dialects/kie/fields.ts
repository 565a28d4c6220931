import type { FastifyRequest } from 'fastify';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import { invalid, tooLong } from './errors.ts';

/** The body as sent; a request without a body reads as an empty one. */
export const bodyOf = (request: FastifyRequest): JsonObject => (isJsonObject(request.body) ? request.body : {});

/** `?taskId=` of every record-info. */
export function taskIdOf(request: FastifyRequest): string {
  const taskId = isJsonObject(request.query) ? request.query['taskId'] : undefined;
  if (typeof taskId !== 'string' || taskId === '') throw invalid('taskId', 'taskId is required');
  return taskId;
}

/** A trimmed text; null where the field is left out, null or blank. Numbers count as their digits. */
export function readText(body: JsonObject, field: string): string | null {
  const value = body[field] ?? '';
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') throw invalid(field, `${field} must be a string`);
  return value.trim() || null;
}

export const requireText = (body: JsonObject, field: string): string => required(field, readText(body, field));

/** `readText` that refuses a longer text, counted in Unicode characters. */
export function limitText(body: JsonObject, field: string, maxLength: number): string | null {
  const text = readText(body, field);
  if (text !== null && Array.from(text).length > maxLength) throw tooLong(field, maxLength);
  return text;
}

export const requireLimitedText = (body: JsonObject, field: string, maxLength: number): string =>
  required(field, limitText(body, field, maxLength));

/** One of these words, in any case; null where the field is left out, null or blank. */
export function readChoice<const Choice extends string>(body: JsonObject, field: string, choices: readonly Choice[]): Choice | null {
  const text = readText(body, field);
  if (text === null) return null;
  const found = choices.find((choice) => choice === text.toLowerCase());
  if (found === undefined) throw invalid(field, `${field} must be one of ${choices.join(', ')}`);
  return found;
}

/** True or false, also as text; null where the field is left out, null or empty. */
export function readFlag(body: JsonObject, field: string): boolean | null {
  const value = body[field] ?? null;
  if (value === null || value === '') return null;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw invalid(field, `${field} must be true or false`);
}

export const requireFlag = (body: JsonObject, field: string): boolean => required(field, readFlag(body, field));

interface Range {
  min: number;
  max: number;
}

/** A number within a range, also as text; null where the field is left out, null or blank. */
export function readNumber(body: JsonObject, field: string, range: Range): number | null {
  const number = parseNumber(body, field);
  if (number === null) return null;
  if (typeof number === 'number' && number >= range.min && number <= range.max) return number;
  throw invalid(field, `${field} must be a number from ${range.min} to ${range.max}`);
}

export const requireNumber = (body: JsonObject, field: string, range: Range): number => required(field, readNumber(body, field, range));

/** An integer, also as text (clients send `"500"`); null where the field is left out, null or blank. */
export function readInteger(body: JsonObject, field: string, range?: Range): number | null {
  const number = parseNumber(body, field);
  if (number === null) return null;
  const isInRange = range === undefined || (Number(number) >= range.min && Number(number) <= range.max);
  if (typeof number === 'number' && Number.isInteger(number) && isInRange) return number;
  throw invalid(field, `${field} must be an integer${range === undefined ? '' : ` from ${range.min} to ${range.max}`}`);
}

export const requireInteger = (body: JsonObject, field: string): number => required(field, readInteger(body, field));

/** The field's value with a text read as a number; null where the field is left out, null or blank. */
function parseNumber(body: JsonObject, field: string): unknown {
  const value = body[field] ?? '';
  if (typeof value !== 'string') return value;
  return value.trim() === '' ? null : Number(value);
}

function required<Value>(field: string, value: Value | null): Value {
  if (value === null) throw invalid(field, `${field} is required`);
  return value;
}

/** All but a few follow-ups must name a URL to call back. Throws with the vendor's own words. Source: kie, recorded replies. */
export function requireCallBackUrl(body: JsonObject): void {
  if (readText(body, 'callBackUrl') === null) throw invalid('callBackUrl', 'Please enter callBackUrl.');
}
