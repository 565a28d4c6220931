import type { DiscordSession } from '../../../discord/discord.ts';

const PAGE_SIZE = 100;
/** A channel this busy since our oldest open job is no channel for this; what lies beyond comes with the next look. */
const MAX_PAGES = 10;

export interface History {
  /** Oldest first. */
  readonly messages: readonly { id: string }[];
  /** True when nothing after the starting point can be missing. */
  readonly complete: boolean;
}

/** What stands in a channel after a message id. Rejects with `DiscordRestError`. */
export async function readHistory(session: DiscordSession, channelId: string, afterId: bigint): Promise<History> {
  const messages: { id: string }[] = [];
  let after = afterId;
  for (let page = 0; page < MAX_PAGES; page++) {
    const found = await session.listMessages(channelId, { limit: PAGE_SIZE, after: String(after) });
    messages.push(...found.toReversed());
    if (found.length < PAGE_SIZE) return { messages, complete: true };
    for (const { id } of found) after = BigInt(id) > after ? BigInt(id) : after;
  }
  return { messages, complete: false };
}
