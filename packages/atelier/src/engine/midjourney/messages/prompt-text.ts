/**
 * Reads the text of Midjourney's messages and compares prompts. The texts look like this:
 *
 *      **prompt** - <@user> (31%) (fast)
 *      **prompt** - Variations (Strong) by <@user> (fast)
 *      **prompt** - Image #2 <@user>
 *      Making variations for image #2 with prompt **prompt** - <@user> (Waiting to start)
 *      Creating video with prompt **prompt** - <@user> (Waiting to start)
 *
 * Source: midjourney-bot, message text.
 */
export interface Heading {
  /** The prompt as Midjourney repeats it: rewritten, with default parameters added. */
  readonly prompt: string;
  /** `Variations (Strong)`, `Zoom Out`, …; null for a plain imagine. */
  readonly action: string | null;
  /** The n of `Image #n`. */
  readonly imageIndex: number | null;
  readonly userId: string;
  /** The texts in parentheses after the user: `31%`, `fast, stealth`, `Waiting to start`. */
  readonly tags: readonly string[];
}

/** The heading ends at the last place where the user follows, because a prompt may look like the end of a heading. */
const PROMPT_FIRST = /^\*\*([\s\S]*)\*\*(?: [-–—] |[ \t]{0,8}\n[ \t\n]{0,8})(?=(?:Image #\d+ |[^\n]{1,80}? by )?<@!?\d+>)([\s\S]*)$/;
const IMAGE_TAIL = /^Image #(\d+) <@!?(\d+)>([\s\S]*)$/;
const ACTION_TAIL = /^(?:(.+?) by )?<@!?(\d+)>([\s\S]*)$/;
const ACTION_FIRST =
  /^(Making variations for|Upscaling|Creating video)(?: image #(\d+))? with (?:prompt )?\*\*([\s\S]*)\*\* - <@!?(\d+)>([\s\S]*)$/;
/** `Creating video` is missing: the heading of a video does not name the button that made it. */
const ACTIONS: Readonly<Record<string, string>> = { Upscaling: 'Upscaling', 'Making variations for': 'Variations' };

/** Returns the heading of a job's message, or null for any other text. */
export function parseHeading(content: string): Heading | null {
  const text = withoutFooter(content).trim().replace(MARKDOWN_START, '');
  const old = ACTION_FIRST.exec(text);
  if (old) {
    return toHeading({ prompt: old[3], action: ACTIONS[old[1] ?? ''], imageIndex: old[2], userId: old[4], tail: old[5] });
  }
  const parts = PROMPT_FIRST.exec(text);
  const prompt = parts?.[1];
  const rest = parts?.[2] ?? '';
  const image = IMAGE_TAIL.exec(rest);
  if (image) return toHeading({ prompt, action: undefined, imageIndex: image[1], userId: image[2], tail: image[3] });
  const action = ACTION_TAIL.exec(rest);
  return action ? toHeading({ prompt, action: action[1], imageIndex: undefined, userId: action[2], tail: action[3] }) : null;
}

/** Text displays may show a heading as a title, in small print, or as a quotation. */
const MARKDOWN_START = /^(?:#{1,3}|-#|>{1,3})[ \t]+/;

type HeadingParts = Record<'prompt' | 'action' | 'imageIndex' | 'userId' | 'tail', string | undefined>;

const toHeading = ({ prompt, action, imageIndex, userId, tail }: HeadingParts): Heading => ({
  prompt: prompt ?? '',
  action: action ?? null,
  imageIndex: imageIndex === undefined ? null : Number(imageIndex),
  userId: userId ?? '',
  tags: tagsOf(tail ?? ''),
});

/** Removes the advertisement in small print that a result may end in since 2025. Source: midjourney-bot, start to result. */
function withoutFooter(content: string): string {
  const at = content.lastIndexOf('\n-# ');
  return at < 0 ? content : content.slice(0, at);
}

const TAG = /[(（]([^()（）<>]*)[)）]/g;
const LINK_TARGET = /\(<?https?:[^()]*\)/g;

/** Returns the texts in parentheses after the user, and further words of that line. A later line counts if it has only tags. */
function tagsOf(tail: string): string[] {
  const [first = '', ...later] = tail.replaceAll(LINK_TARGET, '').split('\n');
  const onlyTags = later.filter((line) => wordsBeside(line) === '' && line.includes('%'));
  const lines = [first, ...onlyTags];
  const tags = lines.flatMap((line) => [...line.matchAll(TAG)].map((match) => (match[1] ?? '').trim()));
  return [...tags, wordsBeside(first)].filter((tag) => tag !== '');
}

const wordsBeside = (line: string): string =>
  line
    .replaceAll(TAG, '')
    .replaceAll(/[[\]]/g, '')
    .replace(/^[\s\-–—:·|,]+/, '')
    .trim();

const PERCENT = /(\d{1,3})(?:[.,]\d+)?\s*(?:%|percent|per cent)|%\s*(\d{1,3})/i;

/** Returns whole percents from 0 to 100 in a text, or null. It accepts digits and percent signs of any script. */
export function percentIn(text: string): number | null {
  const match = PERCENT.exec(withAsciiDigits(text));
  return match ? Math.min(Number(match[1] ?? match[2]), 100) : null;
}

/** The digit zero of the scripts with digits of their own. NFKC maps digits in full width and of mathematics. */
const ZEROS = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040, 0x17e0, 0x1810,
];

function withAsciiDigits(text: string): string {
  const toDigit = (digit: string): string => {
    const code = digit.codePointAt(0) ?? 0;
    const zero = ZEROS.find((start) => code >= start && code < start + 10);
    return zero === undefined ? digit : String(code - zero);
  };
  return text
    .normalize('NFKC')
    .replaceAll(/\p{Nd}/gu, toDigit)
    .replaceAll('\u066A', '%')
    .replaceAll('\u066B', '.');
}

/** Returns the percentage among the tags, or null. */
export function percentOf(found: Heading): number | null {
  return found.tags.map(percentIn).find((percent) => percent !== null) ?? null;
}

/** Source: midjourney-bot, message text; midjourney-bot, results. */
const RESULT_TAGS = new Set(['fast', 'relax', 'relaxed', 'turbo', 'stealth', 'public', 'draft', 'raw', 'hd', 'sd', 'batch']);
const WEBSITE_TAG = /^open on website\b/i;

/** Returns true if every tag is one that a result shows: a mode or the link to the website. */
export function hasOnlyResultTags(found: Heading): boolean {
  const words = found.tags.filter((tag) => !WEBSITE_TAG.test(tag)).flatMap((tag) => tag.split(','));
  return words.every((word) =>
    RESULT_TAGS.has(
      word
        .trim()
        .toLowerCase()
        .replace(/ mode$/, ''),
    ),
  );
}

/** Returns true if a tag, or a part of a tag behind a comma, begins with this word in lower case. */
export const hasTag = (found: Heading, wanted: string): boolean =>
  found.tags.flatMap((tag) => tag.split(',')).some((part) => part.trim().toLowerCase().startsWith(wanted));

/** The prompt of a /blend as its messages repeat it: links to the pictures, which are not known before. */
export const promptOfPictures = (count: number): string => Array.from({ length: count }, () => 'https://picture').join(' ');
