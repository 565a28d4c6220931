export interface ByteRange {
  start: number;
  /** Inclusive. */
  end: number;
}

const ONE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * The bytes that a `Range` header asks for in a file of `bytes` bytes; `outside` when all of them lie behind its end. Undefined, for the whole file,
 * without the header and for a header that a server may ignore: another unit, several ranges, a malformed range. Source: rfc, 9110 section 14.1.2; rfc, 9110 section 14.2.
 */
export function parseByteRange(header: string | undefined, bytes: number): ByteRange | 'outside' | undefined {
  const [, first = '', last = ''] = ONE_RANGE.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  const [from, to] = [Number(first), Number(last)];
  if (first === '') return to === 0 || bytes === 0 ? 'outside' : { start: Math.max(0, bytes - to), end: bytes - 1 };
  if (last !== '' && to < from) return undefined;
  if (from >= bytes) return 'outside';
  return { start: from, end: last === '' ? bytes - 1 : Math.min(to, bytes - 1) };
}
