import type { APIApplicationCommand } from 'discord-api-types/v10';
import type { DiscordSession } from '../../../discord/discord.ts';
import type { BotName } from '../input.ts';
import { BOT_IDS } from '../messages/message.ts';
import { BotRequestError } from '../requests/failures.ts';

/**
 * Midjourney's slash commands as Discord lists them. Midjourney changes their ids and versions with each registration, so the code names
 * neither. Source: discord-userdoccers, command index; midjourney-bot, slash commands.
 */
export interface CommandCache {
  /**
   * Finds the command of this name and bot, in the cache first. Throws `BotRequestError` if it does not exist; rejects with
   * `DiscordRestError`.
   */
  find(place: Place, name: string, bot: BotName): Promise<APIApplicationCommand>;
  /** Empties the cache, because Discord reported new commands. */
  forget(): void;
}

/** `guildId` is empty for a private channel, which has its own list. */
type Place = { readonly guildId: string; readonly channelId: string };

export function createCommandCache(session: Pick<DiscordSession, 'commandIndex'>): CommandCache {
  const byPlace = new Map<string, Promise<APIApplicationCommand[]>>();
  const keyOf = ({ guildId, channelId }: Place): string => guildId || channelId;

  function listOf(place: Place): Promise<APIApplicationCommand[]> {
    const key = keyOf(place);
    const known = byPlace.get(key);
    if (known) return known;
    const { guildId, channelId } = place;
    const list = session.commandIndex(guildId === '' ? { channelId } : { guildId }).then(({ commands }) => commands);
    byPlace.set(key, list);
    // A failure is not cached.
    list.catch(() => byPlace.get(key) === list && byPlace.delete(key));
    return list;
  }

  const findInList = async (place: Place, name: string, bot: BotName): Promise<APIApplicationCommand | undefined> =>
    (await listOf(place)).find((command) => command.name === name && command.application_id === BOT_IDS[bot]);

  return {
    async find(place, name, bot) {
      const cached = await findInList(place, name, bot);
      if (cached) return cached;
      byPlace.delete(keyOf(place));
      const fresh = await findInList(place, name, bot);
      if (fresh) return fresh;
      throw new BotRequestError({
        code: 'upstream-refused',
        title: `${bot === 'niji' ? 'niji・journey' : 'Midjourney'}'s command /${name} cannot be used there`,
        details: 'The bot must be a member of the server, and the account must be allowed to use its commands.',
      });
    },
    forget: () => byPlace.clear(),
  };
}
