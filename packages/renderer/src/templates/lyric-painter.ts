import { createCanvas, type Canvas, type SKRSContext2D } from '@napi-rs/canvas';
import { readsRightToLeft } from '../input/clean-text.ts';
import { FADE_MS, type LyricCue } from './lyric-cues.ts';
import { mixPlanes, planesBytes, planesOver, putPlanes, toPlanes, type Area, type Planes } from '../frames/planes.ts';
import { createReveal, type Reveal } from './reveal.ts';
import type { LyricLayout, SungRow } from './layout.ts';

/** Paints the lyrics that belong to a moment into a buffer. Moments must not go back. */
export type PaintLyrics = (buffer: Planes, slot: number, timeMs: number) => void;

/** Steps of a fade: an eye cannot tell more apart. */
const FADE_STEPS = 8;

interface Panel {
  base: Planes;
  lit: Planes;
  reveal: Reveal;
  /** How far a sweep goes, in pixels over all rows. */
  lengthPx: number;
}

export function createLyricPainter(options: { plate: Canvas; layout: LyricLayout; cues: readonly LyricCue[]; slots: number }): PaintLyrics {
  const { plate, layout, cues, slots } = options;
  const { area } = layout;
  const panels = new Map<number, Panel>();
  const mixed = planesOver(new ArrayBuffer(planesBytes(area.width, area.height)), area.width, area.height);
  const empty = drawPanel(plate, area, () => undefined);
  const shown: string[] = Array.from({ length: slots }, () => '');
  let current = 0;

  const panelOf = (index: number): Panel => {
    let panel = panels.get(index);
    if (!panel) {
      panel = createPanel(plate, layout, cues[index]!, slots);
      panels.set(index, panel);
      panels.delete(index - 2);
    }
    return panel;
  };

  /** The old text disappears before the new one appears: nobody can read two texts over each other. */
  const fade = (before: Panel, after: Panel, share: number): void =>
    share < 0.5 ? mixPlanes(before.lit, empty, share * 2, mixed) : mixPlanes(empty, after.base, share * 2 - 1, mixed);

  return (buffer, slot, timeMs) => {
    if (cues.length === 0) return;
    while (current + 1 < cues.length && cues[current + 1]!.fromMs - FADE_MS <= timeMs) current++;
    const cue = cues[current]!;
    const panel = panelOf(current);
    const step = current === 0 ? FADE_STEPS : Math.min(FADE_STEPS, Math.floor(((timeMs - cue.fromMs) / FADE_MS + 1) * FADE_STEPS));
    const key = `${current} ${step}`;
    if (shown[slot] !== key) {
      shown[slot] = key;
      if (step < FADE_STEPS) fade(panelOf(current - 1), panel, step / FADE_STEPS);
      putPlanes(buffer, step < FADE_STEPS ? mixed : panel.base, area);
    }
    if (step < FADE_STEPS || !cue.isSung) return;
    const share = (timeMs - cue.sweepFromMs) / (cue.sweepToMs - cue.sweepFromMs);
    panel.reveal.paint(buffer, slot, [Math.min(1, Math.max(0, share)) * panel.lengthPx]);
  };
}

/** A part of the plate with something drawn over it, in the frame's coordinates. */
function drawPanel(plate: Canvas, area: Area, draw: (context: SKRSContext2D) => unknown): Planes {
  const canvas = createCanvas(area.width, area.height);
  const context = canvas.getContext('2d');
  context.translate(-area.x, -area.y);
  context.drawImage(plate, 0, 0);
  draw(context);
  return toPlanes(canvas.data(), area.width, area.height);
}

function createPanel(plate: Canvas, layout: LyricLayout, cue: LyricCue, slots: number): Panel {
  const { area } = layout;
  let rows: SungRow[] = [];
  const base = drawPanel(plate, area, (context) => (rows = layout.draw(context, cue, false)));
  const lit = cue.isSung ? drawPanel(plate, area, (context) => layout.draw(context, cue, true)) : base;
  const starts: number[] = [];
  let lengthPx = 0;
  for (const { width } of rows) {
    starts.push(lengthPx);
    lengthPx += width;
  }
  const isRightToLeft = readsRightToLeft(cue.current);
  const reveal = createReveal({
    frameWidth: plate.width,
    area,
    base,
    lit,
    tracks: 1,
    slots,
    locate(x, y) {
      const index = rows.findIndex((row, at) => y < row.y + row.height || at === rows.length - 1);
      const row = rows[index];
      if (!row) return undefined;
      const within = isRightToLeft ? row.x + row.width - x : x - row.x;
      // Pixels outside the row (the slant of a letter, a shadow) are uncovered with the nearest letter.
      return { track: 0, level: starts[index]! + Math.min(row.width - 1, Math.max(1, within)) };
    },
  });
  return { base, lit, reveal, lengthPx };
}
