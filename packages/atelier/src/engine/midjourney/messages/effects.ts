/** What a job does to a picture, as far as buttons and results both show it: the two must not contradict each other. */
export interface PictureEffect {
  readonly family: 'grid' | 'single' | 'variations' | 'upscale' | 'zoom' | 'pan' | 'animate' | 'settings' | 'other';
  /** Which of the four pictures, where the result says so. */
  readonly index: number | null;
  /** For `pan`: left, right, up, down. */
  readonly direction: string | null;
}

const effect = (family: PictureEffect['family'], index: number | null = null, direction: string | null = null): PictureEffect => ({
  family,
  index,
  direction,
});

/** A plain imagine or blend: a fresh grid. */
export const NEW_GRID = effect('grid');

/** Source: discord-midjourney, 3.4. Custom ids are matched, never built. */
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

/** Source: discord-midjourney, 3.3. `Remix` says nothing: any form may lead to it. */
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

/** What pressing a button will do. */
export const effectOfButton = (customId: string): PictureEffect => lookUp(BY_CUSTOM_ID, customId);

/** What a message says was done. */
export function effectOfHeading(heading: { action: string | null; imageIndex: number | null }): PictureEffect {
  if (heading.action === null && heading.imageIndex === null) return NEW_GRID;
  const found = heading.action === null ? effect('single') : lookUp(BY_ACTION, heading.action);
  // `Upscaling image #2` is what U2 shows first; an upscale of a single picture has no number.
  const isSingle = heading.imageIndex !== null && (found.family === 'single' || found.family === 'upscale');
  return isSingle ? effect('single', heading.imageIndex) : found;
}

/** False only when one is certainly not the other. */
export function mayBeSameEffect(one: PictureEffect, other: PictureEffect): boolean {
  if (one.family === 'other' || other.family === 'other') return true;
  // Videos are announced as such or like a plain picture. Source: published captures of 2026.
  if ([one, other].some(({ family }) => family === 'animate') && [one, other].some(({ family }) => family === 'grid')) return true;
  const differ = <T>(a: T | null, b: T | null): boolean => a !== null && b !== null && a !== b;
  return one.family === other.family && !differ(one.index, other.index) && !differ(one.direction, other.direction);
}
