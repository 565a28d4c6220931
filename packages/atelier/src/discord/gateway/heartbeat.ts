import type { Cancel, Clock } from '@atelier/lib/clock';

export interface Heartbeat {
  /** The server has acknowledged a heartbeat. */
  acknowledge(): void;
  stop(): void;
}

/**
 * Sends heartbeats until stopped: the first after a random part of the interval, so that many reconnecting clients spread out, and then one each interval. If a
 * heartbeat has no acknowledgement when the next falls due, the connection is dead although it looks open: `onDead` is called and no heartbeat follows. Source: discord-api-docs, heartbeats.
 */
export function startHeartbeat(deps: {
  clock: Clock;
  random: () => number;
  intervalMs: number;
  /** Sends one heartbeat. False if it could not be sent; then no acknowledgement is expected. */
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
