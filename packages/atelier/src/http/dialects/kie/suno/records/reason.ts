import { upstreamErrorOf } from '../../../../../engine/suno/input.ts';
import type { JobFailure } from '../../../../../core/errors.ts';
import { toReason } from '../../../../../core/errors.ts';

/** Why Suno made nothing: its own words without the code in front of them, which stands in a field of its own. */
export function sunoReasonOf(failure: JobFailure): string {
  const said = upstreamErrorOf(failure);
  return toReason(said ? { ...failure, details: said.msg } : failure);
}
