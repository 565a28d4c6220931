import type { FastifyRequest } from 'fastify';
import { isJsonObject, type JsonObject } from '@atelier/lib/json';
import { invalid } from './errors.ts';

/** The body as sent; no body reads as an empty one. */
export const bodyOf = (request: FastifyRequest): JsonObject => (isJsonObject(request.body) ? request.body : {});

/** A trimmed text; null where the field is left out, null or blank. */
export function readText(body: JsonObject, field: string): string | null {
  const value = body[field] ?? '';
  if (typeof value !== 'string') throw invalid(field, `${field} must be a string.`);
  return value.trim() || null;
}

export function requireText(body: JsonObject, field: string): string {
  const text = readText(body, field);
  if (text === null) throw invalid(field, `${field} is empty or missing.`);
  return text;
}
