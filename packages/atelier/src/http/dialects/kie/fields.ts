import type { FastifyRequest } from 'fastify';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import { invalid } from './errors.ts';

/** The body as sent; no body reads as an empty one. */
export const bodyOf = (request: FastifyRequest): JsonObject => (isJsonObject(request.body) ? request.body : {});

/** A trimmed text; null where the field is left out, null or blank. Numbers count as their digits. */
export function readText(body: JsonObject, field: string): string | null {
  const value = body[field] ?? '';
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') throw invalid(field, `${field} must be a string`);
  return value.trim() || null;
}

export function requireText(body: JsonObject, field: string): string {
  const text = readText(body, field);
  if (text === null) throw invalid(field, `${field} is required`);
  return text;
}

/** An integer, also as text (clients send `"500"`); null where the field is left out, null or blank. */
export function readInteger(body: JsonObject, field: string, range?: { min: number; max: number }): number | null {
  const value = body[field] ?? '';
  if (typeof value === 'string' && value.trim() === '') return null;
  const number = typeof value === 'string' ? Number(value) : value;
  const limits = range === undefined ? '' : ` from ${range.min} to ${range.max}`;
  if (typeof number !== 'number' || !Number.isInteger(number)) throw invalid(field, `${field} must be an integer${limits}`);
  if (range && (number < range.min || number > range.max)) throw invalid(field, `${field} must be an integer${limits}`);
  return number;
}

export function requireInteger(body: JsonObject, field: string): number {
  const number = readInteger(body, field);
  if (number === null) throw invalid(field, `${field} is required`);
  return number;
}

/** Source: kie, mj/generate and mj/generateVideoExtend, `prompt`. */
const MAX_PROMPT_LENGTH = 2_000;

export function requirePrompt(body: JsonObject): string {
  const prompt = requireText(body, 'prompt');
  if (Array.from(prompt).length > MAX_PROMPT_LENGTH)
    throw invalid('prompt', `prompt must not be longer than ${MAX_PROMPT_LENGTH} characters`);
  return prompt;
}

/** `?taskId=` of every record-info. */
export function taskIdOf(request: FastifyRequest): string {
  const taskId = isJsonObject(request.query) ? request.query['taskId'] : undefined;
  if (typeof taskId !== 'string' || taskId === '') throw invalid('taskId', 'taskId is required');
  return taskId;
}
