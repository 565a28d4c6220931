import type { JsonObject } from '@atelier/lib/json';
import { CHANNEL_ID, GUILD_ID } from '../discord/discord-model.ts';
import type { SimWorld } from '../world.ts';

/** The bot's messages as raw JSON, written from the contract, sections 3, 4 and 8. */
export const BOT_ID = '936929561302675456';
export const OUR_USER = '1000000000000000001';

/** The interaction that a message answers. */
export interface MessageOrigin {
  interactionId: string;
  userId: string;
  /** Null for buttons and forms. */
  command: string | null;
  sourceId: string | null;
  /** The interaction whose button opened the form. */
  openedBy: string | null;
}

export interface MessageFacts {
  id: string;
  nonce?: string;
  content?: string;
  isPrivate?: boolean;
  isLoading?: boolean;
  embeds?: JsonObject[];
  attachments?: JsonObject[];
  rows?: JsonObject[];
  referenceId?: string | null;
  origin?: MessageOrigin | null;
  mentions?: string[];
  authorId?: string;
  isV2?: boolean;
}

export function toMessage(facts: MessageFacts): JsonObject {
  const { id, nonce, isPrivate = false, origin = null, referenceId = null } = facts;
  const flags = (isPrivate ? 64 : 0) | (facts.isLoading ? 128 : 0) | (facts.isV2 ? 32_768 : 0);
  const author = facts.authorId ?? BOT_ID;
  return {
    id,
    type: referenceId === null ? (origin ? 20 : 0) : 19,
    channel_id: CHANNEL_ID,
    ...(isPrivate ? {} : { guild_id: GUILD_ID }),
    ...(author === BOT_ID ? { application_id: BOT_ID } : {}),
    author: { id: author, username: author === BOT_ID ? 'Midjourney Bot' : 'somebody', bot: author === BOT_ID },
    ...(nonce === undefined ? {} : { nonce }),
    flags,
    tts: false,
    pinned: false,
    mentions: (facts.mentions ?? []).map((user) => ({ id: user, username: 'somebody' })),
    ...bodyOf(facts),
    timestamp: '2026-01-01T00:00:00.000000+00:00',
    edited_timestamp: null,
    ...(referenceId === null ? {} : { message_reference: { message_id: referenceId, channel_id: CHANNEL_ID, guild_id: GUILD_ID } }),
    ...(origin ? originOf(origin) : {}),
  };
}

/** The parts that an edit replaces: content, files, buttons and embeds; with components v2, everything stands in one container. */
export function bodyOf({ content = '', attachments = [], rows = [], embeds = [], isV2 }: MessageFacts): JsonObject {
  if (!isV2) return { content, attachments, components: rows, embeds };
  const gallery = attachments.map((file) => ({ media: { url: file['url'] ?? '', content_type: file['content_type'] ?? '' } }));
  const inside = [{ type: 10, content }, ...(gallery.length > 0 ? [{ type: 12, items: gallery }] : []), ...rows];
  return { content: '', attachments: [], embeds, components: [{ type: 17, components: inside }] };
}

function originOf({ interactionId, userId, command, sourceId, openedBy }: MessageOrigin): JsonObject {
  const user = { id: userId, username: 'somebody' };
  const metadata = {
    id: interactionId,
    type: openedBy ? 5 : command ? 2 : 3,
    user,
    ...(command ? { name: command } : {}),
    ...(sourceId ? { interacted_message_id: sourceId } : {}),
    ...(openedBy ? { triggering_interaction_metadata: { id: openedBy, type: 3, user } } : {}),
  };
  const plain = command ? { interaction: { id: interactionId, type: 2, name: command, user } } : {};
  return { ...plain, interaction_metadata: metadata };
}

const row = (...components: JsonObject[]): JsonObject => ({ type: 1, components });
const pushButton = (label: string, customId: string): JsonObject => ({ type: 2, style: 2, label, custom_id: customId });

export const cancelRows = (uuid: string): JsonObject[] => [row(pushButton('Cancel Job', `MJ::CancelJob::ByJobid::${uuid}`))];

export const gridButtons = (uuid: string): JsonObject[] => [
  row(...[1, 2, 3, 4].map((n) => pushButton(`U${n}`, `MJ::JOB::upsample::${n}::${uuid}`)), {
    type: 2,
    style: 2,
    emoji: { name: '🔄' },
    custom_id: `MJ::JOB::reroll::0::${uuid}::SOLO`,
  }),
  row(...[1, 2, 3, 4].map((n) => pushButton(`V${n}`, `MJ::JOB::variation::${n}::${uuid}`))),
];

export const singleButtons = (uuid: string): JsonObject[] => [
  row(
    pushButton('Vary (Strong)', `MJ::JOB::high_variation::1::${uuid}::SOLO`),
    pushButton('Zoom Out 2x', `MJ::Outpaint::50::1::${uuid}::SOLO`),
    { type: 2, style: 5, label: 'Web', url: `https://www.midjourney.com/jobs/${uuid}` },
  ),
];

export const fileOf = (id: string, filename: string): JsonObject => ({
  id,
  filename,
  size: 123_456,
  content_type: filename.endsWith('.png') ? 'image/png' : 'image/webp',
  width: 2048,
  height: 2048,
  url: `https://cdn.example/attachments/${CHANNEL_ID}/${id}/${filename}?ex=1&is=2&hm=3&`,
});

/** How the bot repeats a prompt. */
export function echoOf(prompt: string, world: SimWorld, rewriting: number): string {
  let echo = prompt.replaceAll('\u200B', '').replaceAll(/\s+/g, ' ').trim();
  if (!world.chance(rewriting)) return echo;
  echo = echo
    .replaceAll('--profile ', '--p ')
    .replaceAll('—', '--')
    .replaceAll(/https?:\/\/\S+/g, '<https://s.mj.run/abc>');
  if (echo.includes('--')) return `${echo} --v 7.0`;
  if (echo.length > 300) return `${echo.slice(0, world.between(200, 290))}…`;
  return `${echo} --v 7.0`;
}

const FOOTER = '\n-# Create, explore, and organize on [midjourney.com](<https://midjourney.com/imagine?from_discord=1>)';

export const percentText = (percent: number, world: SimWorld): string =>
  world.random.pick([`${percent}%`, `${percent}%`, `${percent}%`, `${percent}.5%`, `${percent} %`, `${toFullWidth(percent)}％`]);

const toFullWidth = (percent: number): string =>
  Array.from(String(percent), (digit) => String.fromCodePoint(0xff10 + Number(digit))).join('');

/** The heading of a message: `action` is `Variations`, `Image #2` or null. */
export function headingOf({
  echo,
  action,
  userId,
  tag,
}: {
  echo: string;
  action: string | null;
  userId: string;
  tag: string | null;
}): string {
  const tags = tag === null ? '' : ` (${tag})`;
  if (action?.startsWith('Image #')) return `**${echo}** - ${action} <@${userId}>${tags}`;
  return `**${echo}** - ${action === null ? '' : `${action} by `}<@${userId}>${tags}`;
}

export const withFooter = (text: string, world: SimWorld): string => (world.chance(0.5) ? text + FOOTER : text);

/** Embeds that Discord makes of links in a prompt. Their titles say nothing about the job. */
export const unfurledEmbed = (world: SimWorld): JsonObject => ({
  type: world.random.pick(['link', 'article', 'image', 'video', 'gifv']),
  url: 'https://example.com/page',
  title: world.random.pick(['Access denied', 'Subscription required', 'Banned prompt', 'Invalid link', 'You have been blocked']),
  description: 'A page of somebody else',
  color: 16_711_680,
  provider: { name: 'Example' },
});
