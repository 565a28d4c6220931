import type { DiscordSession } from '../../../discord/discord.ts';

const PAGE_SIZE = 100;
/** Limits one read to 1,000 messages. The next read continues in a channel that is busier. */
const MAX_PAGES = 10;

export interface ChannelHistory {
  /** Oldest first. */
  readonly messages: readonly { id: string }[];
  /** True if no message after `afterId` is missing. */
  readonly isComplete: boolean;
}

/** Reads the messages of a channel after a message id. Rejects with `DiscordRestError`. */
export async function readChannelHistory(session: DiscordSession, channelId: string, afterId: bigint): Promise<ChannelHistory> {
  const messages: { id: string }[] = [];
  let after = afterId;
  for (let page = 0; page < MAX_PAGES; page++) {
    const found = await session.listMessages(channelId, { limit: PAGE_SIZE, after: String(after) });
    messages.push(...found.toReversed());
    if (found.length < PAGE_SIZE) return { messages, isComplete: true };
    for (const { id } of found) after = BigInt(id) > after ? BigInt(id) : after;
  }
  return { messages, isComplete: false };
}
