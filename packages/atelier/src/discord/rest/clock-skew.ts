import type { Clock } from '@atelier/lib/clock';
import type { Send } from './send.ts';

/** `Date` has whole seconds: on average half a second has passed since. */
const HALF_SECOND_MS = 500;

/** Reads the other side's clock from the answers that pass through `send`. Source: rfc, 9110 section 6.6.1. */
export function createClockSkew(deps: { clock: Clock; send: Send }): { send: Send; skewMs(): number | null } {
  let skewMs: number | null = null;
  return {
    async send(request) {
      const answer = await deps.send(request);
      const sentAtMs = Date.parse(answer.headers.date ?? '');
      if (!Number.isNaN(sentAtMs)) skewMs = sentAtMs + HALF_SECOND_MS - deps.clock.now();
      return answer;
    },
    skewMs: () => skewMs,
  };
}
