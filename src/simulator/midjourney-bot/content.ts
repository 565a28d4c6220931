import type { Mode } from './prompt.ts';

/** How a job is spoken of while it waits, while it runs, and in the end. */
export type Wording =
  /** Nothing is said of what was done: imagine, blend, re-roll. */
  | { kind: 'plain' }
  | { kind: 'variation'; index: number; label: string }
  /** `Image #2`, from U1–U4. */
  | { kind: 'selection'; index: number }
  | { kind: 'upscale'; label: string }
  /** `Zoom Out`, `Pan Left`, `Remix (Strong)`. */
  | { kind: 'named'; label: string };

const FOOTER = '\n-# Create, explore, and organize on [midjourney.com](<https://midjourney.com/imagine?from_discord=1>)';

export const waitingText = (echo: string, userId: string, wording: Wording): string => {
  const tail = `<@${userId}> (Waiting to start)`;
  switch (wording.kind) {
    case 'variation':
      return `Making variations for image #${wording.index} with prompt **${echo}** - ${tail}`;
    case 'selection':
      return `Upscaling image #${wording.index} with **${echo}** - ${tail}`;
    default:
      return head(echo, wording, 'running') + tail;
  }
};

/** `tag` is `31%`, `paused` or `Stopped`. */
export const runningText = (echo: string, userId: string, wording: Wording, tag: string, mode: Mode): string =>
  `${head(echo, wording, 'running')}<@${userId}> (${tag}) (${modeTag(mode)})`;

export const stoppedText = (echo: string, userId: string, wording: Wording): string =>
  `${head(echo, wording, 'running')}<@${userId}> (Stopped)`;

export function finishedText(echo: string, userId: string, wording: Wording, mode: Mode, footer: boolean): string {
  const text =
    wording.kind === 'selection'
      ? `**${echo}** - Image #${wording.index} <@${userId}>`
      : `${head(echo, wording, 'finished')}<@${userId}> (${modeTag(mode)})`;
  return footer ? text + FOOTER : text;
}

function head(echo: string, wording: Wording, when: 'running' | 'finished'): string {
  if (wording.kind === 'plain' || wording.kind === 'selection') return `**${echo}** - `;
  if (wording.kind === 'upscale') return `**${echo}** - ${when === 'running' ? 'Upscaling' : wording.label} by `;
  return `**${echo}** - ${wording.label} by `;
}

const modeTag = (mode: Mode): string => (mode === 'relax' ? 'relaxed' : mode);

/** `<username>_<prompt words>_<uuid>.png`, as Midjourney names a finished picture. */
export function pictureFilename(username: string, words: string, jobId: string): string {
  const slug = words.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '').slice(0, 50).replace(/_+$/, '');
  return `${[username, ...(slug === '' ? [] : [slug]), jobId].join('_')}.png`;
}
