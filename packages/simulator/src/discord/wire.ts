import type { FileStore } from './file-store.ts';
import { toWireParts } from './message-parts.ts';
import type { InteractionFacts, Message, User } from './model.ts';

/** ISO 8601 with microseconds and offset, as Discord writes times. */
export const toTimestamp = (ms: number): string => new Date(ms).toISOString().replace('Z', '000+00:00');

export function toWireUser(user: User): object {
  return {
    id: user.id,
    username: user.username,
    global_name: user.globalName,
    discriminator: user.bot ? '9282' : '0',
    avatar: null,
    avatar_decoration_data: null,
    collectibles: null,
    primary_guild: null,
    public_flags: 0,
    ...(user.bot ? { bot: true } : {}),
  };
}

/**
 * A message as REST shows it. Links are signed at this moment, so fetching a message again renews them.
 * Source: discord-api-docs, messages; discord-api-docs, signed attachment URLs.
 */
export function toWireMessage(message: Message, context: WireContext): object {
  const { files, guildIdOf, find } = context;
  const guildId = guildIdOf(message.channelId);
  const repliedTo = message.replyToId === null ? null : find(message.channelId, message.replyToId);
  return {
    id: message.id,
    type: message.type,
    channel_id: message.channelId,
    author: toWireUser(message.author),
    ...(message.author.bot ? { application_id: message.author.id } : {}),
    ...(message.author.bot && message.interaction ? { webhook_id: message.author.id } : {}),
    ...toWireParts(message, files),
    ...(message.nonce === null ? {} : { nonce: message.nonce }),
    flags: message.flags,
    tts: false,
    pinned: false,
    mention_everyone: false,
    mentions: context.mentioned(message.content).map(toWireUser),
    mention_roles: [],
    ...(message.interaction ? interactionFields(message.interaction, guildId) : {}),
    ...(message.replyToId === null
      ? {}
      : {
          message_reference: {
            type: 0,
            message_id: message.replyToId,
            channel_id: message.channelId,
            ...(guildId === null ? {} : { guild_id: guildId }),
          },
          // A reply does not show an ephemeral message to other users.
          referenced_message:
            repliedTo?.ephemeralFor === null ? toWireMessage({ ...repliedTo, replyToId: null, nonce: null }, context) : null,
        }),
    timestamp: toTimestamp(message.createdAtMs),
    edited_timestamp: message.editedAtMs === null ? null : toTimestamp(message.editedAtMs),
  };
}

export interface WireContext {
  files: FileStore;
  guildIdOf(channelId: string): string | null;
  find(channelId: string, messageId: string): Message | undefined;
  mentioned(content: string): User[];
}

/** `interaction` is deprecated and still sent for slash commands; two of the known clients read only that. */
function interactionFields(facts: InteractionFacts, guildId: string | null): object {
  return {
    ...(facts.type === 2 ? { interaction: { id: facts.id, type: 2, name: facts.name, user: toWireUser(facts.user) } } : {}),
    interaction_metadata: toWireMetadata(facts, guildId),
  };
}

function toWireMetadata(facts: InteractionFacts, guildId: string | null): object {
  return {
    id: facts.id,
    type: facts.type,
    ...(facts.name === undefined ? {} : { name: facts.name }),
    user: toWireUser(facts.user),
    authorizing_integration_owners: guildId === null ? { '1': facts.user.id } : { '0': guildId },
    ...(facts.messageId === undefined ? {} : { interacted_message_id: facts.messageId }),
    ...(facts.trigger ? { triggering_interaction_metadata: toWireMetadata(facts.trigger, guildId) } : {}),
  };
}
