import type { Mode } from '../prompts/prompt.ts';
import type { Switches } from '../../switches.ts';

/** How fast a job runs, and whether others may see it. */
export interface Tag {
  mode: Mode;
  stealth: boolean;
}

/** The words that name a job in its messages while it waits, runs and ends. */
export type Wording =
  /** The message names no operation: imagine, blend, re-roll. */
  | { kind: 'plain' }
  | { kind: 'variation'; index: number; label: string }
  /** `Image #2`, from U1–U4. */
  | { kind: 'selection'; index: number }
  | { kind: 'upscale'; label: string }
  /** `Zoom Out`, `Pan Left`, `Remix (Strong)`. */
  | { kind: 'named'; label: string }
  /** `label` where a button was pressed: `Animate (High motion)`. */
  | { kind: 'video'; label: string | null }
  /** One of several videos, chosen by its number. */
  | { kind: 'video-choice'; index: number };

/** True when the job only takes one picture or video out of several, which costs Midjourney no work. */
export const isChoice = ({ kind }: Wording): boolean => kind === 'selection' || kind === 'video-choice';

const FOOTER = '\n-# Create, explore, and organize on [midjourney.com](<https://midjourney.com/imagine?from_discord=1>)';

export const waitingText = (echo: string, userId: string, wording: Wording): string => {
  const tail = `<@${userId}> (Waiting to start)`;
  if (wording.kind === 'variation') return `Making variations for image #${wording.index} with prompt **${echo}** - ${tail}`;
  if (wording.kind === 'selection') return `Upscaling image #${wording.index} with **${echo}** - ${tail}`;
  if (wording.kind === 'video') return `Creating video with prompt **${echo}** - ${tail}`;
  return head(echo, wording, 'running') + tail;
};

/** The text of a progress message; `progress` is a text of `percentText`. */
export const runningText = (echo: string, userId: string, wording: Wording, { progress, tag }: { progress: string; tag: Tag }): string =>
  `${head(echo, wording, 'running')}<@${userId}> (${progress}) (${tagText(tag)})`;

/** Digits from U+FF10, and the sign that goes with them. */
const wide = (percent: number): string =>
  `${String(percent).replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff_10 + Number(digit)))}％`;

const PERCENT_FORMS: Readonly<Record<Switches['percentForm'], (percent: number) => string>> = {
  '46%': (percent) => `${percent}%`,
  '46.5%': (percent) => `${percent}.5%`,
  '46 %': (percent) => `${percent} %`,
  '４６％': wide,
  words: (percent) => (percent < 50 ? 'Just begun' : 'Almost there'),
};

/** A percentage as one of the forms writes it. Source: midjourney-bot, results. */
export const percentText = (percent: number, form: Switches['percentForm']): string => PERCENT_FORMS[form](percent);

export const stoppedText = (echo: string, userId: string, wording: Wording): string =>
  `${head(echo, wording, 'running')}<@${userId}> (Stopped)`;

export function finishedText(
  echo: string,
  userId: string,
  wording: Wording,
  options: { tag: Tag; footer: boolean; jobId: string },
): string {
  const { tag, footer, jobId } = options;
  const isVideo = wording.kind === 'video' || wording.kind === 'video-choice';
  // Source: midjourney-bot, videos.
  const website = isVideo ? `[(Open on website for full quality)](<https://midjourney.com/jobs/${jobId}>) ` : '';
  const text =
    wording.kind === 'selection'
      ? `**${echo}** - Image #${wording.index} <@${userId}>`
      : `${head(echo, wording, 'finished')}<@${userId}> ${website}(${tagText(tag)})`;
  return footer ? text + FOOTER : text;
}

function head(echo: string, wording: Wording, when: 'running' | 'finished'): string {
  if (!('label' in wording) || wording.label === null) return `**${echo}** - `;
  if (wording.kind === 'upscale') return `**${echo}** - ${when === 'running' ? 'Upscaling' : wording.label} by `;
  return `**${echo}** - ${wording.label} by `;
}

const tagText = ({ mode, stealth }: Tag): string => `${mode === 'relax' ? 'relaxed' : mode}${stealth ? ', stealth' : ''}`;

/** `<username>_<prompt words>_<uuid>.png`, as Midjourney names a finished picture. */
export function pictureFilename(username: string, words: string, jobId: string, extension: 'png' | 'webp' = 'png'): string {
  const slug = words
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 50)
    .replace(/_+$/, '');
  return `${[username, ...(slug === '' ? [] : [slug]), jobId].join('_')}.${extension}`;
}
