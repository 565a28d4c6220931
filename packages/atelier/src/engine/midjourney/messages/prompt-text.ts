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

const PROMPT_FIRST = /^\*\*([\s\S]*)\*\* - ([\s\S]*)$/;
const IMAGE_TAIL = /^Image #(\d+) <@!?(\d+)>([\s\S]*)$/;
const ACTION_TAIL = /^(?:(.+?) by )?<@!?(\d+)>([\s\S]*)$/;
const ACTION_FIRST =
  /^(Making variations for|Upscaling|Creating video)(?: image #(\d+))? with (?:prompt )?\*\*([\s\S]*)\*\* - <@!?(\d+)>([\s\S]*)$/;
/** `Creating video` is missing: the heading of a video does not name the button that made it. */
const ACTIONS: Readonly<Record<string, string>> = { Upscaling: 'Upscaling', 'Making variations for': 'Variations' };
const TAG = /\(([^()<>]+)\)/g;

/** Returns the heading of a job's message, or null for any other text. */
export function parseHeading(content: string): Heading | null {
  const text = withoutFooter(content).trim();
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

type HeadingParts = Record<'prompt' | 'action' | 'imageIndex' | 'userId' | 'tail', string | undefined>;

const toHeading = ({ prompt, action, imageIndex, userId, tail }: HeadingParts): Heading => ({
  prompt: prompt ?? '',
  action: action ?? null,
  imageIndex: imageIndex === undefined ? null : Number(imageIndex),
  userId: userId ?? '',
  tags: [...(tail ?? '').matchAll(TAG)].map((match) => (match[1] ?? '').trim()),
});

/** Removes the advertisement in small print that a result may end in since 2025. Source: midjourney-bot, start to result. */
function withoutFooter(content: string): string {
  const at = content.lastIndexOf('\n-# ');
  return at < 0 ? content : content.slice(0, at);
}

/** Returns the percentage among the tags, or null. */
export function percentOf(found: Heading): number | null {
  for (const tag of found.tags) {
    const match = /^(\d{1,3})%$/.exec(tag);
    if (match) return Math.min(Number(match[1]), 100);
  }
  return null;
}

export const hasTag = (found: Heading, wanted: string): boolean => found.tags.some((tag) => tag.toLowerCase() === wanted);

/** Replaces each link before prompts are compared, because Midjourney shortens links. */
const LINK = '<link>';

/** The prompt of a /blend as its messages repeat it: links to the pictures, which are not known before. */
export const promptOfPictures = (count: number): string => Array.from({ length: count }, () => 'https://picture').join(' ');

/**
 * Returns the number of parameters that both prompts name, or undefined if the prompts differ. Midjourney collapses blanks, turns long
 * dashes into `--`, shortens links and adds parameters. So the words must be equal, and each requested parameter with a number or a ratio
 * must be shown with the same value. Source: midjourney-bot, message text.
 */
export function promptFit(asked: string, shown: string): number | undefined {
  const a = comparable(asked);
  const b = comparable(shown);
  if (a.words !== b.words) return undefined;
  let fit = 0;
  for (const [name, value] of a.parameters) {
    const there = b.parameters.get(name);
    if (there === value) fit += 1;
    else if (there !== undefined || !mayBeDropped(name, value)) return undefined;
  }
  return fit;
}

/** Midjourney does not repeat parameters that apply to one step only, or the default ratio. */
const mayBeDropped = (name: string, value: number): boolean => ['zoom', 'repeat', 'r'].includes(name) || (name === 'ar' && value === 1);

const PARAMETER_ALIASES: Readonly<Record<string, string>> = {
  version: 'v',
  aspect: 'ar',
  stylize: 's',
  chaos: 'c',
  quality: 'q',
  weird: 'w',
};

function comparable(prompt: string): { words: string; parameters: Map<string, number> } {
  const text = prompt
    .normalize('NFKC')
    .replaceAll(/<?https?:\/\/[^\s>]+>?/gi, LINK)
    .replaceAll(/[—–]/g, '--')
    .replaceAll(/[“”]/g, '"')
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/[*_`~|\\]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toLowerCase();
  const start = /(?:^| )--[a-z]/.exec(text)?.index ?? text.length;
  const parameters = new Map<string, number>();
  for (const piece of text.slice(start).split(/(?:^| )--(?=[a-z])/)) {
    const [name = '', value = ''] = piece.trim().split(' ');
    const amount = toAmount(value);
    if (amount !== undefined) parameters.set(PARAMETER_ALIASES[name] ?? name, amount);
  }
  return { words: text.slice(0, start).trim(), parameters };
}

/** `7` equals `7.0`, and `4:2` equals `2:1`. */
function toAmount(value: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(?::(\d+(?:\.\d+)?))?$/.exec(value);
  return match ? Number(match[1]) / Number(match[2] ?? 1) : undefined;
}
