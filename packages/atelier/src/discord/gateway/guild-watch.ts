import type { JsonObject } from '@atelier/lib/json';
import { OP } from './payload.ts';

/** The guilds whose events a session asks for. */
export interface GuildWatch {
  /** Adds guilds and passes the new ones to the present connection. The empty id is ignored. */
  add(guildIds: readonly string[]): void;
  /** Passes all guilds to `subscribe`, and every later one, until `leave` or another connection. */
  join(subscribe: (guildIds: readonly string[]) => void): void;
  /** The connection is not live any more. */
  leave(): void;
}

export function createGuildWatch(): GuildWatch {
  const watched = new Set<string>();
  let subscribe: ((guildIds: readonly string[]) => void) | null = null;
  return {
    add(guildIds) {
      const added = [...new Set(guildIds)].filter((id) => id !== '' && !watched.has(id));
      for (const id of added) watched.add(id);
      if (added.length > 0) subscribe?.(added);
    },
    join(next) {
      subscribe = next;
      if (watched.size > 0) next([...watched]);
    },
    leave() {
      subscribe = null;
    },
  };
}

/** A subscription has about 80 bytes, a payload at most 4096. Source: discord-api-docs, gateway rate limit. */
const GUILDS_IN_ONE_PAYLOAD = 40;

/**
 * Asks for the events of guilds. A user account hears nothing of a large guild before. The subscription belongs to a gateway session.
 * Source: discord-userdoccers, guild subscriptions.
 */
export function toSubscriptions(guildIds: readonly string[]): JsonObject[] {
  const payloads: JsonObject[] = [];
  for (let at = 0; at < guildIds.length; at += GUILDS_IN_ONE_PAYLOAD) {
    const ids = guildIds.slice(at, at + GUILDS_IN_ONE_PAYLOAD);
    const wanted = { typing: true, activities: true, threads: true };
    payloads.push({ op: OP.guildSubscriptions, d: { subscriptions: Object.fromEntries(ids.map((id) => [id, wanted])) } });
  }
  return payloads;
}
