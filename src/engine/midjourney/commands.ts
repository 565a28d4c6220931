import type { APIApplicationCommand } from 'discord-api-types/v10';
import type { DiscordSession } from '../../discord/discord.ts';
import { AskError } from './failures.ts';
import { MIDJOURNEY_BOT_ID } from './message.ts';

/**
 * Midjourney's slash commands as Discord lists them. Ids and above all versions change whenever Midjourney registers them anew,
 * so they are never written down here. Source: discord-midjourney, 2.3.
 */
export interface CommandBook {
  /** The command of this name in a server, from memory where it is known. Throws `AskError` when there is none; rejects with `DiscordRestError`. */
  find(guildId: string, name: string): Promise<APIApplicationCommand>;
  /** The lists are out of date. */
  forget(): void;
}

export function createCommandBook(session: Pick<DiscordSession, 'commandIndex'>): CommandBook {
  const byGuild = new Map<string, Promise<APIApplicationCommand[]>>();

  function listOf(guildId: string): Promise<APIApplicationCommand[]> {
    const known = byGuild.get(guildId);
    if (known) return known;
    const asked = session.commandIndex({ guildId }).then(({ commands }) => commands);
    byGuild.set(guildId, asked);
    // A failure is not remembered.
    asked.catch(() => byGuild.get(guildId) === asked && byGuild.delete(guildId));
    return asked;
  }

  const look = async (guildId: string, name: string): Promise<APIApplicationCommand | undefined> =>
    (await listOf(guildId)).find((command) => command.name === name && command.application_id === MIDJOURNEY_BOT_ID);

  return {
    async find(guildId, name) {
      const remembered = await look(guildId, name);
      if (remembered) return remembered;
      byGuild.delete(guildId);
      const fresh = await look(guildId, name);
      if (fresh) return fresh;
      throw new AskError({
        code: 'upstream-refused',
        title: `Midjourney's command /${name} cannot be used in this server`,
        details: 'The bot must be a member of the server, and the account must be allowed to use its commands.',
      });
    },
    forget: () => byGuild.clear(),
  };
}
