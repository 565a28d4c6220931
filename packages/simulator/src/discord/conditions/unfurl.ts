import type { Switches } from '../../switches.ts';

/** A link. Discord leaves links in angle brackets alone; here they are opened too, since the bot puts every link of a prompt into brackets. */
const LINK = /https?:\/\/[^\s<>*()"]+/g;

/** Discord shows at most this many pages of one message. */
const MAX_PAGES = 5;

/**
 * The embeds that Discord makes from the links of a text: the words of a page that anybody may have written. Empty while the switch is
 * `none`. Source: discord-api-docs, embeds.
 */
export function unfurl(content: string, { unfurl: type, unfurlTitle: title }: Switches): object[] {
  if (type === 'none') return [];
  return [...content.matchAll(LINK)].slice(0, MAX_PAGES).map(([url]) => {
    const { host, origin } = new URL(url);
    const page = { title, description: 'You do not have permission to view this page.', provider: { name: host, url: origin } };
    const picture = { url, proxy_url: url, width: 128, height: 128 };
    const base = { type, url, content_scan_version: 0 };
    if (type === 'link') return { ...base, title, description: page.description };
    if (type === 'article') return { ...base, ...page, thumbnail: picture };
    if (type === 'image') return { ...base, thumbnail: picture };
    return { ...base, ...page, thumbnail: picture, video: picture };
  });
}
