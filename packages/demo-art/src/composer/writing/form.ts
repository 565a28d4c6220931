import type { SungLine, SungSection } from './read-lyrics.ts';
import type { SectionKind } from './score.ts';

/** A part of the song in whole bars. */
export interface Section {
  kind: SectionKind;
  /** Its first bar, counted from the beginning of the song. */
  firstBar: number;
  bars: number;
  /** The lines that are sung in it; each takes `barsPerLine` bars, from the section's first bar on. */
  lines: SungLine[];
  barsPerLine: 1 | 2;
}

type Plan = Omit<Section, 'firstBar'>;

const played = (kind: SectionKind, bars: number): Plan => ({ kind, bars, lines: [], barsPerLine: 2 });

/** The sections of a piece with at least so many bars, each with its length beside the others. */
const FORMS: readonly [fromBars: number, sections: string][] = [
  [60, 'intro 1, verse 2, chorus 2, solo 1, verse 2, chorus 2, bridge 1, solo 1, chorus 2, outro 1'],
  [36, 'intro 1, verse 2, chorus 2, verse 2, chorus 2, bridge 1, chorus 2, outro 1'],
  [18, 'intro 1, verse 2, chorus 2, bridge 1, chorus 2, outro 0.5'],
  [8, 'intro 1, verse 2, chorus 2, outro 0.5'],
  [4, 'verse 1, chorus 1'],
  [0, 'chorus 1'],
];

function formOf(bars: number): [SectionKind, number][] {
  const sections = FORMS.find(([fromBars]) => bars >= fromBars)?.[1] ?? 'chorus 1';
  return sections.split(', ').map((section) => {
    const [kind, share] = section.split(' ');
    return [kind as SectionKind, Number(share)];
  });
}

/** Lays a song of exactly so many bars out. Lyrics that are too long for it end early. */
export function planForm(bars: number, lyrics: readonly SungSection[]): Section[] {
  const plans = lyrics.some(({ lines }) => lines.length > 0) ? planSong(bars, lyrics) : planPiece(bars);
  let firstBar = 0;
  return plans.map((plan) => {
    const section = { ...plan, firstBar };
    firstBar += plan.bars;
    return section;
  });
}

/** A piece without words: a template stretched to the length, in steps of two bars or four. */
function planPiece(bars: number): Plan[] {
  const sections = formOf(bars);
  const weight = sections.reduce((sum, [, share]) => sum + share, 0);
  const unit = bars >= 32 ? 4 : bars >= 12 ? 2 : 1;
  const plans = sections.map(([kind, share]) => played(kind, Math.max(1, Math.round((bars * share) / weight / unit) * unit)));
  // Bars that the rounding added or lost are taken from or given to the longest sections, from the end.
  let excess = plans.reduce((sum, plan) => sum + plan.bars, 0) - bars;
  for (let step = 0; excess !== 0 && step < 400; step++) {
    const longest = plans.reduce((best, plan) => ((excess > 0 ? plan.bars >= best.bars : plan.bars <= best.bars) ? plan : best));
    const change = excess > 0 ? 1 : -1;
    longest.bars -= change;
    excess -= change;
  }
  return plans.filter((plan) => plan.bars > 0);
}

/** A song: its lyrics' sections in order, with an intro, and repeats to fill the rest. */
function planSong(bars: number, lyrics: readonly SungSection[]): Plan[] {
  const introBars = bars >= 16 ? 4 : bars >= 8 ? 2 : 0;
  const outroBars = bars >= 12 ? 2 : 0;
  const plans: Plan[] = introBars > 0 && lyrics[0]?.kind !== 'intro' ? [played('intro', introBars)] : [];
  let left = bars - outroBars - plans.reduce((sum, plan) => sum + plan.bars, 0);
  const spacious = chooseSpacious(lyrics, left);
  for (const [index, { kind, lines }] of lyrics.entries()) {
    const barsPerLine = spacious.has(index) ? 2 : 1;
    const taken = Math.min(left, barsOf(lines.length, barsPerLine));
    if (taken <= 0) break;
    plans.push({ kind, bars: taken, lines: lines.slice(0, Math.ceil(taken / barsPerLine)), barsPerLine });
    left -= taken;
  }
  return fill(plans, left, outroBars);
}

/** An odd number of bars would put the next section on the wrong foot. */
const barsOf = (lines: number, barsPerLine: 1 | 2): number => (lines === 0 ? 4 : lines * barsPerLine + ((lines * barsPerLine) % 2));

/** Which sections have time for two bars a line: choruses first, then the rest in order; sections of one kind alike, if there is room. */
function chooseSpacious(lyrics: readonly SungSection[], bars: number): Set<number> {
  const chosen = new Set<number>();
  let spare = bars - lyrics.reduce((sum, { lines }) => sum + barsOf(lines.length, 1), 0);
  for (const kind of ['chorus', 'bridge', 'verse', 'outro', 'intro', 'solo'])
    for (const [index, section] of lyrics.entries()) {
      const more = barsOf(section.lines.length, 2) - barsOf(section.lines.length, 1);
      if (section.kind !== kind || more > spare) continue;
      chosen.add(index);
      spare -= more;
    }
  return chosen;
}

/** Fills the bars after the lyrics with a solo and the last chorus, as often as they fit; the rest makes the end longer. */
function fill(plans: Plan[], leftBars: number, outroBars: number): Plan[] {
  let left = leftBars;
  const sung = plans.filter(({ lines }) => lines.length > 0);
  const refrain = sung.findLast(({ kind }) => kind === 'chorus') ?? sung.at(-1) ?? played('chorus', 4);
  while (left >= 4) {
    const solo = Math.min(8, left - (left % 4));
    plans.push(played('solo', solo));
    left -= solo;
    if (left < refrain.bars) continue;
    plans.push({ ...refrain });
    left -= refrain.bars;
  }
  const ending = outroBars + left;
  if (ending > 0) plans.push(played('outro', ending));
  return plans;
}
