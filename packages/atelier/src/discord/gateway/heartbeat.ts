import type { Cancel, Clock } from '@atelier/lib/clock';

export interface Heartbeat {
  /** The server acknowledged a beat. */
  acknowledge(): void;
  stop(): void;
}

/**
 * Beats until stopped: first after a random part of the interval, so that a crowd of reconnecting clients spreads out, then once
 * an interval. When a beat is still not acknowledged as the next falls due, the connection is dead although it looks open:
 * `onDead` is called and the beating stops. Source: discord-api-docs, heartbeats.
 */
export function startHeartbeat(deps: {
  clock: Clock;
  random: () => number;
  intervalMs: number;
  /** Sends one beat; false when it could not be sent, so that no answer is waited for. */
  beat: () => boolean;
  onDead: () => void;
}): Heartbeat {
  const { clock, intervalMs } = deps;
  let awaitsAnswer = false;
  let cancel: Cancel;

  const onDue = (): void => {
    if (awaitsAnswer) {
      deps.onDead();
      return;
    }
    cancel = clock.after(intervalMs, onDue);
    awaitsAnswer = deps.beat();
  };
  cancel = clock.after(intervalMs * deps.random(), onDue);

  return {
    acknowledge() {
      awaitsAnswer = false;
    },
    stop: () => cancel(),
  };
}
