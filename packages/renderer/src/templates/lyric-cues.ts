import { cleanText, LONGEST_TEXT } from '../input/clean-text.ts';
import type { LyricLine } from '../input/lrc.ts';

/** The lines that a frame shows from one moment until the next cue. */
export interface LyricCue {
  /** The moment at which the cue is fully visible; it begins to appear `FADE_MS` earlier. */
  fromMs: number;
  previous: string;
  current: string;
  next: string;
  /** `false` in the pause before `current`: it is announced, not sung. */
  isSung: boolean;
  sweepFromMs: number;
  sweepToMs: number;
}

/** How long one cue takes to turn into the next. */
export const FADE_MS = 280;
/** A line stays so long after it was sung before the pause is shown, if nothing follows. */
const LINGER_MS = 1_200;
/** Shorter silences are part of the singing. */
const PAUSE_MS = 4_000;

/** The cues of a song, in order and never overlapping. Empty lines are left out; lines out of order are put in order. */
export function toLyricCues(lines: readonly LyricLine[]): LyricCue[] {
  const clean = lines
    .map((line) => ({ ...line, text: cleanText(line.text, LONGEST_TEXT.lyric) }))
    .filter(({ text, startMs, endMs }) => text !== '' && Number.isFinite(startMs) && Number.isFinite(endMs))
    .toSorted((a, b) => a.startMs - b.startMs);
  const cues: LyricCue[] = [];
  const rest = (fromMs: number, previous: string, current: string, next: string): void =>
    void cues.push({ fromMs, previous, current, next, isSung: false, sweepFromMs: Infinity, sweepToMs: Infinity });
  const [first] = clean;
  if (!first) return [];
  rest(0, '', first.text, clean[1]?.text ?? '');
  for (const [index, line] of clean.entries()) {
    const following = clean[index + 1];
    const previous = clean[index - 1]?.text ?? '';
    const nextMs = following?.startMs ?? Infinity;
    const latestEndMs = nextMs - FADE_MS;
    const endMs = Math.min(Math.max(line.endMs, line.startMs + 1), Math.max(latestEndMs, line.startMs + 1));
    cues.push({
      fromMs: line.startMs,
      previous,
      current: line.text,
      next: following?.text ?? '',
      isSung: true,
      sweepFromMs: line.startMs,
      sweepToMs: endMs,
    });
    if (nextMs - endMs > PAUSE_MS) rest(endMs + LINGER_MS, line.text, following?.text ?? '', clean[index + 2]?.text ?? '');
  }
  return cues;
}
