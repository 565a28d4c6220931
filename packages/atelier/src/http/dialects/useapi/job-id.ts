import type { Clock } from '@atelier/lib/clock';

/**
 * Mints ids like `job:20241218021941022-user:1308-channel:1316232391072944131-bot:midjourney`. Clients take the part before
 * the first `-` as a key or a file name, so no two ids of one server share it: on a clash the millisecond is stepped.
 * Source: useapi v2, ids seen in client code.
 */
export function createJobIds(clock: Clock): (userNumber: number, channelId: string) => string {
  let lastMs = 0;
  return (userNumber, channelId) => {
    lastMs = Math.max(clock.now(), lastMs + 1);
    const timestamp = new Date(lastMs).toISOString().replaceAll(/\D/g, '');
    return `job:${timestamp}-user:${userNumber}-channel:${channelId}-bot:midjourney`;
  };
}
