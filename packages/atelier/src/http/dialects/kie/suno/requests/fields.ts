import type { JsonObject } from '@atelier/lib/json';
import { invalid, tooLong } from '../../errors.ts';
import { readText, requireText } from '../../fields.ts';

/** Everything but a few follow-ups must be told where to call back. Throws with the vendor's own words. Source: kie, recorded replies. */
export function requireCallBackUrl(body: JsonObject): void {
  if (readText(body, 'callBackUrl') === null) throw invalid('callBackUrl', 'Please enter callBackUrl.');
}

/** Refuses a text that is longer, counted in characters as they are seen written. */
export function limitText(body: JsonObject, field: string, maxLength: number): string | null {
  const text = readText(body, field);
  if (text !== null && Array.from(text).length > maxLength) throw tooLong(field, maxLength);
  return text;
}

export function requireLimitedText(body: JsonObject, field: string, maxLength: number): string {
  requireText(body, field);
  return limitText(body, field, maxLength) ?? '';
}

/** True or false, also as text; null where the field is left out or null. */
export function readFlag(body: JsonObject, field: string): boolean | null {
  const value = body[field] ?? null;
  if (value === null || value === '') return null;
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw invalid(field, `${field} must be true or false`);
}

export function requireFlag(body: JsonObject, field: string): boolean {
  const flag = readFlag(body, field);
  if (flag === null) throw invalid(field, `${field} is required`);
  return flag;
}

/** A number within a range, also as text; null where the field is left out, null or blank. */
export function readNumber(body: JsonObject, field: string, range: { min: number; max: number }): number | null {
  const value = body[field] ?? '';
  if (typeof value === 'string' && value.trim() === '') return null;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number === 'number' && number >= range.min && number <= range.max) return number;
  throw invalid(field, `${field} must be a number from ${range.min} to ${range.max}`);
}

export function requireNumber(body: JsonObject, field: string, range: { min: number; max: number }): number {
  const number = readNumber(body, field, range);
  if (number === null) throw invalid(field, `${field} is required`);
  return number;
}

/** One of these words; null where the field is left out, null or blank. */
export function readChoice<const Choice extends string>(body: JsonObject, field: string, choices: readonly Choice[]): Choice | null {
  const text = readText(body, field);
  if (text === null) return null;
  const found = choices.find((choice) => choice === text.toLowerCase());
  if (found === undefined) throw invalid(field, `${field} must be one of ${choices.join(', ')}`);
  return found;
}

/** Any model that is named like one: the vendor has a new one every few months. In the vendor's spelling. */
export function requireModel(body: JsonObject): string {
  const model = requireText(body, 'model').toUpperCase();
  if (!/^V\d{1,2}(_\d{1,2})?(PLUS|ALL)?$/.test(model)) {
    throw invalid('model', 'model must be one of V4, V4_5, V4_5PLUS, V4_5ALL, V5, V5_5');
  }
  return model;
}

/** How much a model takes in. Source: kie, generate, `prompt` and `style`. */
export const limitsOf = (model: string): { prompt: number; style: number } =>
  model === 'V3_5' || model === 'V4' ? { prompt: 3_000, style: 200 } : { prompt: 5_000, style: 1_000 };

/** Source: kie, generate, `title` and `prompt`. */
export const MAX_TITLE = 80;
export const MAX_DESCRIPTION = 3_000;

/** Tags, names, descriptions: nothing is said of their length. */
const MAX_OTHER_TEXT = 5_000;
export const limitOther = (body: JsonObject, ...fields: string[]): void => {
  for (const field of fields) limitText(body, field, MAX_OTHER_TEXT);
};
