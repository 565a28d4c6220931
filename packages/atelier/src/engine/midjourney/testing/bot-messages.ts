import type { JsonObject } from '@atelier/lib/json';
import { MIDJOURNEY_BOT_ID } from '../messages/message.ts';

/** Messages of Midjourney with invented values. Source: midjourney-bot, start to result; midjourney-bot, message text; midjourney-bot, buttons;
 * midjourney-bot, button results; midjourney-bot, forms; midjourney-bot, info; midjourney-bot, settings and modes. */
export const USER = '1000000000000000001';
export const CHANNEL = '2000000000000000002';
export const GUILD = '3000000000000000003';

const DISCORD_EPOCH_MS = 1_420_070_400_000;

/** Returns a snowflake of this instant. */
export const snowflakeAt = (atMs: number, sequence = 0): string => String((BigInt(atMs - DISCORD_EPOCH_MS) << 22n) + BigInt(sequence));

export const uuidOf = (n: number): string => `${String(n).padStart(8, '0')}-aaaa-4bbb-8ccc-dddddddddddd`;

export interface MessageParts {
  id: string;
  nonce?: string;
  content?: string;
  flags?: number;
  channelId?: string;
  guildId?: string | null;
  authorId?: string;
  embeds?: JsonObject[];
  attachments?: JsonObject[];
  components?: JsonObject[];
  referenceId?: string;
  interaction?: { id: string; name?: string; userId?: string; interactedMessageId?: string; triggeredBy?: string };
}

export function botMessage(parts: MessageParts): JsonObject {
  const { id, channelId = CHANNEL, guildId = GUILD, interaction, referenceId } = parts;
  const user = { id: interaction?.userId ?? USER, username: 'someone' };
  return {
    id,
    type: 20,
    channel_id: channelId,
    ...(guildId === null ? {} : { guild_id: guildId }),
    application_id: MIDJOURNEY_BOT_ID,
    author: { id: parts.authorId ?? MIDJOURNEY_BOT_ID, username: 'Midjourney Bot', bot: true },
    content: parts.content ?? '',
    ...(parts.nonce === undefined ? {} : { nonce: parts.nonce }),
    flags: parts.flags ?? 0,
    attachments: parts.attachments ?? [],
    embeds: parts.embeds ?? [],
    components: parts.components ?? [],
    timestamp: '2026-01-01T00:00:00.000000+00:00',
    edited_timestamp: null,
    ...(referenceId === undefined ? {} : { message_reference: { message_id: referenceId, channel_id: channelId, guild_id: GUILD } }),
    ...(interaction === undefined
      ? {}
      : {
          interaction_metadata: {
            id: interaction.id,
            type: interaction.triggeredBy ? 5 : interaction.name ? 2 : 3,
            user,
            ...(interaction.name ? { name: interaction.name } : {}),
            ...(interaction.interactedMessageId ? { interacted_message_id: interaction.interactedMessageId } : {}),
            ...(interaction.triggeredBy ? { triggering_interaction_metadata: { id: interaction.triggeredBy, type: 3, user } } : {}),
          },
        }),
  };
}

export const row = (...components: JsonObject[]): JsonObject => ({ type: 1, components });
export const button = (label: string, customId: string): JsonObject => ({ type: 2, style: 2, label, custom_id: customId });
export const emojiButton = (name: string, customId: string): JsonObject => ({ type: 2, style: 2, emoji: { name }, custom_id: customId });

export const cancelRow = (uuid: string): JsonObject => row(button('Cancel Job', `MJ::CancelJob::ByJobid::${uuid}`));

export const gridRows = (uuid: string): JsonObject[] => [
  row(
    ...[1, 2, 3, 4].map((n) => button(`U${n}`, `MJ::JOB::upsample::${n}::${uuid}`)),
    emojiButton('🔄', `MJ::JOB::reroll::0::${uuid}::SOLO`),
  ),
  row(...[1, 2, 3, 4].map((n) => button(`V${n}`, `MJ::JOB::variation::${n}::${uuid}`))),
];

export const singleRows = (uuid: string): JsonObject[] => [
  row(
    button('Upscale (Subtle)', `MJ::JOB::upsample_v7_2x_subtle::1::${uuid}::SOLO`),
    button('Vary (Strong)', `MJ::JOB::high_variation::1::${uuid}::SOLO`),
  ),
  row(
    { ...button('Custom Zoom', `MJ::CustomZoom::${uuid}`), emoji: { name: '🔍' } },
    emojiButton('⬅️', `MJ::JOB::pan_left::1::${uuid}::SOLO`),
    emojiButton('❤️', `MJ::BOOKMARK::${uuid}`),
    { type: 2, style: 5, label: 'Web', url: `https://www.midjourney.com/jobs/${uuid}` },
  ),
];

export const picture = (filename: string): JsonObject => ({
  id: '4000000000000000004',
  filename,
  size: 123_456,
  content_type: 'image/png',
  width: 2048,
  height: 2048,
  url: `https://cdn.example/attachments/${CHANNEL}/4000000000000000004/${filename}?ex=1&is=2&hm=3&`,
});

export const startMessage = (parts: Omit<MessageParts, 'content'> & { prompt: string; tag?: string; action?: string }): JsonObject =>
  botMessage({
    ...parts,
    content: `**${parts.prompt}** - ${parts.action ? `${parts.action} by ` : ''}<@${USER}> (${parts.tag ?? 'Waiting to start'})`,
  });

/** A start message with a percentage and, if given, the job's uuid. */
export const progressMessage = (
  parts: Omit<MessageParts, 'content'> & { prompt: string; percent: number; uuid?: string; action?: string },
): JsonObject =>
  botMessage({
    ...parts,
    content: `**${parts.prompt}** - ${parts.action ? `${parts.action} by ` : ''}<@${USER}> (${parts.percent}%) (fast)`,
    ...(parts.uuid === undefined ? {} : { components: [cancelRow(parts.uuid)], attachments: [picture(`${parts.uuid}_grid_0.webp`)] }),
  });

const FOOTER = '\n-# Create, explore, and organize on [midjourney.com](<https://midjourney.com/imagine?from_discord=1>)';

export const gridMessage = (
  parts: Omit<MessageParts, 'content'> & { prompt: string; uuid: string; action?: string; userId?: string },
): JsonObject =>
  botMessage({
    nonce: '999999999999999999',
    ...parts,
    content: `**${parts.prompt}** - ${parts.action ? `${parts.action} by ` : ''}<@${parts.userId ?? USER}> (fast)${FOOTER}`,
    attachments: [picture(`someone_a_red_fox_${parts.uuid}.png`)],
    components: gridRows(parts.uuid),
  });

/** A single picture of a grid. */
export const singleMessage = (parts: Omit<MessageParts, 'content'> & { prompt: string; uuid: string; index: number }): JsonObject =>
  botMessage({
    nonce: '999999999999999998',
    ...parts,
    content: `**${parts.prompt}** - Image #${parts.index} <@${USER}>`,
    attachments: [picture(`someone_a_red_fox_${parts.uuid}.png`)],
    components: singleRows(parts.uuid),
  });
