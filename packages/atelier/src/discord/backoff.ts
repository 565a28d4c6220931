/**
 * How long to wait before trying again: doubles with each failure from `firstMs` up to `longestMs`. Between half of that and
 * all of it, at random, so that many clients which lost the same server do not come back in one moment.
 */
export function toBackoffMs(failures: number, range: { firstMs: number; longestMs: number }, random: () => number): number {
  const fullMs = Math.min(range.firstMs * 2 ** failures, range.longestMs);
  return fullMs * (0.5 + random() / 2);
}
