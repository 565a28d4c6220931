/** The effect of a job on a picture, as far as both buttons and results show it. Different effects contradict each other. */
export interface PictureEffect {
  readonly family: 'grid' | 'single' | 'variations' | 'upscale' | 'zoom' | 'pan' | 'animate' | 'settings' | 'other';
  /** Number of the picture in the grid, 1–4, or null if the text does not say it. */
  readonly index: number | null;
  /** For `pan`: left, right, up or down. */
  readonly direction: string | null;
}

const effect = (family: PictureEffect['family'], index: number | null = null, direction: string | null = null): PictureEffect => ({
  family,
  index,
  direction,
});

/** The effect of an imagine or blend: a new grid. */
export const NEW_GRID = effect('grid');

/** Custom ids are read here and never built. Source: midjourney-bot, buttons. */
const BY_CUSTOM_ID: readonly [RegExp, (match: RegExpExecArray) => PictureEffect][] = [
  [/^MJ::JOB::upsample::(\d)::/, (match) => effect('single', Number(match[1]))],
  [/^MJ::JOB::upsample_/, () => effect('upscale')],
  [/^MJ::JOB::reroll::/, () => NEW_GRID],
  [/^MJ::JOB::(?:(?:low|high)_)?variation::/, () => effect('variations')],
  [/^MJ::Inpaint::/, () => effect('variations')],
  [/^MJ::(?:Outpaint|CustomZoom)::/, () => effect('zoom')],
  [/^MJ::JOB::pan_(left|right|up|down)::/, (match) => effect('pan', null, match[1] ?? null)],
  [/^MJ::JOB::animate/, () => effect('animate')],
  [/^MJ::(?:Job::PicReader|Picread|Job::PromptAnalyzer)::/, () => NEW_GRID],
  [/^MJ::Settings::/, () => effect('settings')],
];

/** `Remix` is missing on purpose: any form may lead to it. Source: midjourney-bot, message text. */
const BY_ACTION: readonly [RegExp, (match: RegExpExecArray) => PictureEffect][] = [
  [/^variations\b/i, () => effect('variations')],
  [/^upscal(?:ed|ing)\b/i, () => effect('upscale')],
  [/^zoom out\b/i, () => effect('zoom')],
  [/^pan (left|right|up|down)\b/i, (match) => effect('pan', null, (match[1] ?? '').toLowerCase())],
  [/^animate\b/i, () => effect('animate')],
];

const OTHER = effect('other');

function lookUp(table: typeof BY_ACTION, text: string): PictureEffect {
  for (const [pattern, toEffect] of table) {
    const match = pattern.exec(text);
    if (match) return toEffect(match);
  }
  return OTHER;
}

/** The effect that a button will have. */
export const effectOfButton = (customId: string): PictureEffect => lookUp(BY_CUSTOM_ID, customId);

/** The effect that the heading of a message reports. */
export function effectOfHeading(heading: { action: string | null; imageIndex: number | null }): PictureEffect {
  if (heading.action === null && heading.imageIndex === null) return NEW_GRID;
  const found = heading.action === null ? effect('single') : lookUp(BY_ACTION, heading.action);
  // U2 first shows `Upscaling image #2`; the upscale of a single picture shows no number.
  const isSingle = heading.imageIndex !== null && (found.family === 'single' || found.family === 'upscale');
  return isSingle ? effect('single', heading.imageIndex) : found;
}

/** Returns false only if the two effects certainly differ. */
export function mayBeSameEffect(one: PictureEffect, other: PictureEffect): boolean {
  if (one.family === 'other' || other.family === 'other') return true;
  // Midjourney announces a video as a video or like a plain picture. Source: midjourney-bot, videos.
  if ([one, other].some(({ family }) => family === 'animate') && [one, other].some(({ family }) => family === 'grid')) return true;
  const differ = <T>(a: T | null, b: T | null): boolean => a !== null && b !== null && a !== b;
  return one.family === other.family && !differ(one.index, other.index) && !differ(one.direction, other.direction);
}
