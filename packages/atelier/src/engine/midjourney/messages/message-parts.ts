import { asNumber, asObject, asObjects, asText, isJsonObject, type JsonObject } from '@atelier/lib/json';

/** A file of a message, from any place. */
export interface Attachment {
  /** Discord's id of the file, or null for a file that a component or an embed links to. */
  readonly id: string | null;
  readonly url: string;
  /** Equal for two links to one file: Discord links to its files from two hosts, with changing signatures. */
  readonly identity: string;
  readonly filename: string;
  readonly contentType: string;
  /** Pixels, or null if Discord does not send the size. */
  readonly width: number | null;
  readonly height: number | null;
  readonly isFromEmbed: boolean;
}

/** A button or menu, without the row around it. */
export interface MessageComponent {
  readonly type: number;
  readonly label: string;
  readonly customId: string | null;
  readonly url: string | null;
  readonly style: number;
  readonly disabled: boolean;
}

/** The contents of all components of a message, in the sequence of the message. */
export interface LiftedComponents {
  readonly texts: readonly string[];
  readonly attachments: readonly Attachment[];
  readonly components: readonly MessageComponent[];
  /** The colour of the first container with a colour. It has the meaning of an embed's colour. */
  readonly accentColor: number | null;
}

/** Source: midjourney-bot, message parts. */
const TEXT_DISPLAY = 10;
const PRESSABLE: readonly number[] = [2, 3, 5, 6, 7, 8];

/** Components that are read of one message. Discord allows 40. */
const MAX_COMPONENTS = 500;
const MAX_TEXT = 20_000;
const MAX_FILES = 200;
const MAX_LABEL = 200;

/**
 * Lifts texts, files and buttons out of components at any depth. It reads at most 500 components, 200 files and 20,000 characters, and
 * never recurses, because the event may be malformed.
 */
export function liftComponents(raw: readonly unknown[]): LiftedComponents {
  const texts: string[] = [];
  const attachments: Attachment[] = [];
  const components: MessageComponent[] = [];
  let accentColor: number | null = null;
  let budget = MAX_COMPONENTS;
  let textLeft = MAX_TEXT;
  const waiting: unknown[] = raw.slice(0, MAX_COMPONENTS).toReversed();
  while (waiting.length > 0 && budget > 0) {
    const component = waiting.pop();
    if (!isJsonObject(component)) continue;
    budget -= 1;
    waiting.push(...innerOf(component).toReversed());
    const text = component['type'] === TEXT_DISPLAY ? asText(component['content']) : undefined;
    if (text && textLeft > 0) texts.push(text.slice(0, textLeft));
    textLeft -= text?.length ?? 0;
    attachments.push(...linkedFiles(component).slice(0, MAX_FILES - attachments.length));
    if (isPressable(component)) components.push(toComponent(component));
    accentColor ??= asNumber(component['accent_color']) ?? null;
  }
  return { texts, attachments, components, accentColor };
}

/** Rows, sections and containers hold `components`; a section has an `accessory` behind them, a label one `component`. */
function innerOf(component: JsonObject): unknown[] {
  const { components: inner, accessory, component: labelled } = component;
  return [...(Array.isArray(inner) ? inner.slice(0, MAX_COMPONENTS) : []), accessory, labelled].filter(isJsonObject);
}

/** A thumbnail has `media`, a file component has `file`, a gallery has `items` with `media`. */
function linkedFiles(component: JsonObject): Attachment[] {
  const items = asObjects(component['items']).slice(0, MAX_FILES);
  const links = [asObject(component['media']), asObject(component['file']), ...items.map((item) => asObject(item['media']))];
  return links.filter((link) => link !== undefined).flatMap((link) => toAttachment(link) ?? []);
}

/** Some captures have buttons without a type. */
const isPressable = ({ type, custom_id: customId, url }: JsonObject): boolean =>
  typeof type === 'number' ? PRESSABLE.includes(type) : typeof customId === 'string' || typeof url === 'string';

/** A button may have an emoji in place of its label, and the emoji of a server may have lost its name; then its id is the label. */
function toComponent(raw: JsonObject): MessageComponent {
  const emoji = asObject(raw['emoji']);
  const label = asText(raw['label']) || asText(emoji?.['name']) || asText(emoji?.['id']) || '';
  return {
    type: asNumber(raw['type']) ?? 0,
    label: label.slice(0, MAX_LABEL),
    customId: asText(raw['custom_id']) ?? null,
    url: asText(raw['url']) ?? null,
    style: asNumber(raw['style']) ?? 0,
    disabled: raw['disabled'] === true,
  };
}

/**
 * Reads a file from an attachment, or from the link to a file in a component or embed. Returns undefined without an http URL: a link
 * `attachment://name` repeats a file of the attachments.
 */
export function toAttachment(raw: JsonObject, isFromEmbed = false): Attachment | undefined {
  const link = [raw['url'], raw['proxy_url']].find(isHttpUrl);
  if (link === undefined) return undefined;
  const { pathname } = new URL(link);
  return {
    id: asText(raw['id']) ?? asText(raw['attachment_id']) ?? null,
    url: link,
    identity: /^\/(?:ephemeral-)?attachments\//.test(pathname) ? pathname : link,
    filename: asText(raw['filename']) || decodePath(pathname.split('/').at(-1) ?? ''),
    contentType: asText(raw['content_type']) ?? '',
    width: asNumber(raw['width']) ?? null,
    height: asNumber(raw['height']) ?? null,
    isFromEmbed,
  };
}

/** The image and the video of an embed; the thumbnail if it has neither. */
export function liftEmbedMedia(embed: JsonObject): Attachment[] {
  const of = (name: string): Attachment[] => {
    const link = asObject(embed[name]);
    const file = link && toAttachment(link, true);
    return file ? [file] : [];
  };
  const large = [...of('image'), ...of('video')];
  return large.length > 0 ? large : of('thumbnail');
}

const isHttpUrl = (value: unknown): value is string => typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value);

function decodePath(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
