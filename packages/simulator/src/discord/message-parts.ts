import type { FileStore } from './file-store.ts';
import { FLAG_COMPONENTS_V2, type DiscordButton, type DiscordComponent, type Embed, type Message, type StoredFile } from './model.ts';

type Parts = Pick<Message, 'content' | 'attachments' | 'embeds' | 'rows'>;

/** Text, files, embeds and components of a message. With flag 32768 all of them are components, and the other members are empty. */
export function toWireParts(message: Parts & Pick<Message, 'flags'>, files: FileStore): object {
  if ((message.flags & FLAG_COMPONENTS_V2) !== 0)
    return { content: '', attachments: [], embeds: [], components: toContainers(message, files) };
  return {
    content: message.content,
    attachments: message.attachments.map((file) => toWireAttachment(file, files)),
    embeds: message.embeds.map((embed) => toWireEmbed(embed, files)),
    components: message.rows.map(toWireRow),
  };
}

/**
 * One container: text displays for content and embeds, a gallery of the files, the buttons. The last line of a longer text is a section with the
 * last button of the first row as its accessory. Source: discord-api-docs, components; midjourney-bot, message parts.
 */
function toContainers({ content, attachments, embeds, rows }: Parts, files: FileStore): object[] {
  const [first = [], ...others] = rows;
  const [head = '', ...tail] = content.split('\n');
  const [accessory] = tail.length > 0 ? first.filter(({ kind }) => kind === 'button').slice(-1) : [];
  const left = [accessory ? first.filter((component) => component !== accessory) : first, ...others].filter((row) => row.length > 0);
  const texts = accessory ? [head] : [content];
  const [color] = embeds.flatMap((embed) => embed.color ?? []);
  const parts = [
    ...texts.filter((text) => text !== '').map(toTextDisplay),
    ...(attachments.length === 0
      ? []
      : [{ type: 12, items: attachments.map((file) => ({ media: toMedia(file, files), description: null, spoiler: false })) }]),
    ...embeds.flatMap((embed) => embedTexts(embed).map(toTextDisplay)),
    ...(accessory ? [toSection(tail.join('\n'), accessory)] : []),
    ...left.map(toWireRow),
  ];
  return parts.length === 0 ? [] : [{ type: 17, accent_color: color ?? null, spoiler: false, components: parts }];
}

const toTextDisplay = (content: string): object => ({ type: 10, content });

/** Title, description and footer, each with the marks of a heading or of small print. */
const embedTexts = ({ title, description, footer }: Embed): string[] => [
  ...(title === undefined ? [] : [`### ${title}`]),
  ...(description === undefined ? [] : [description]),
  ...(footer === undefined ? [] : [`-# ${footer}`]),
];

const toSection = (text: string, accessory: DiscordComponent): object => ({
  type: 9,
  components: [toTextDisplay(text)],
  accessory: toWireComponent(accessory),
});

const toMedia = (file: StoredFile, files: FileStore): object => ({
  url: files.urlOf(file, 'cdn'),
  proxy_url: files.urlOf(file, 'proxy'),
  width: file.width,
  height: file.height,
  content_type: file.contentType,
  attachment_id: file.id,
});

function toWireRow(row: readonly DiscordComponent[]): object {
  const [only] = row;
  if (only?.kind === 'button' && only.beside !== undefined) return toSection(only.beside, only);
  return { type: 1, components: row.map(toWireComponent) };
}

function toWireAttachment(file: StoredFile, files: FileStore): object {
  return {
    id: file.id,
    filename: file.filename,
    size: file.sizeBytes,
    content_type: file.contentType,
    url: files.urlOf(file, 'cdn'),
    proxy_url: files.urlOf(file, 'proxy'),
    ...(file.width === null ? {} : { width: file.width, height: file.height }),
    ...(file.ephemeral ? { ephemeral: true } : {}),
  };
}

function toWireEmbed(embed: Embed, files: FileStore): object {
  return {
    type: 'rich',
    ...(embed.title === undefined ? {} : { title: embed.title }),
    ...(embed.description === undefined ? {} : { description: embed.description }),
    ...(embed.contentScanVersion === undefined ? {} : { content_scan_version: embed.contentScanVersion }),
    ...(embed.color === undefined ? {} : { color: embed.color }),
    ...(embed.footer === undefined ? {} : { footer: { text: embed.footer } }),
    ...(embed.image === undefined
      ? {}
      : {
          image: {
            url: files.urlOf(embed.image, 'cdn'),
            proxy_url: files.urlOf(embed.image, 'proxy'),
            width: embed.image.width,
            height: embed.image.height,
          },
        }),
  };
}

function toWireComponent(component: DiscordComponent): object {
  if (component.kind === 'select') {
    return {
      type: 3,
      custom_id: component.customId,
      min_values: 1,
      max_values: 1,
      options: component.options.map(({ label, value, chosen }) => ({ label, value, default: chosen })),
    };
  }
  return {
    type: 2,
    style: component.style,
    ...(component.label === undefined ? {} : { label: component.label }),
    ...emojiOf(component),
    ...(component.customId === undefined ? {} : { custom_id: component.customId }),
    ...(component.url === undefined ? {} : { url: component.url }),
  };
}

const emojiOf = ({ emoji, emojiId }: DiscordButton): object => {
  if (emojiId !== undefined) return { emoji: { id: emojiId, name: null } };
  return emoji === undefined ? {} : { emoji: { name: emoji } };
};
