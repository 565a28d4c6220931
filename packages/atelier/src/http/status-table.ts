import { ERROR_CODES, type ErrorCode, type ErrorKind } from '../core/errors.ts';

/**
 * The status of every error code: that of its kind, unless `overrides` names the code. A new code is answered like its kind; a new kind does not
 * compile until each dialect has a status for it.
 */
export function createStatusTable(
  byKind: Readonly<Record<ErrorKind, number>>,
  overrides: Readonly<Partial<Record<ErrorCode, number>>>,
): Readonly<Record<ErrorCode, number>> {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];
  return Object.fromEntries(codes.map((code) => [code, overrides[code] ?? byKind[ERROR_CODES[code].kind]])) as Record<ErrorCode, number>;
}
