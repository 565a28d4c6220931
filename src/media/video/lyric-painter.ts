import { createCanvas, type Canvas } from '@napi-rs/canvas';
import { readsRightToLeft } from './clean-text.ts';
import { FADE_MS, type LyricCue } from './lyric-cues.ts';
import { mixPlanes, planesBytes, planesOver, putPlanes, toPlanes, type Planes } from './planes.ts';
import { createReveal, type Reveal } from './reveal.ts';
import type { LyricStage, SungRow } from './template.ts';

/** Paints the lyrics that belong to a moment into a buffer. Moments must not go back. */
export type PaintLyrics = (buffer: Planes, slot: number, timeMs: number) => void;

/** Steps of a fade: more could not be told apart. */
const FADE_STEPS = 8;

interface Panel {
  base: Planes;
  lit: Planes;
  reveal: Reveal;
  /** How far a sweep goes, in pixels over all rows. */
  lengthPx: number;
}

export function createLyricPainter(order: { plate: Canvas; stage: LyricStage; cues: readonly LyricCue[]; slots: number }): PaintLyrics {
  const { plate, stage, cues, slots } = order;
  const { area } = stage;
  const panels = new Map<number, Panel>();
  const mixed = planesOver(new ArrayBuffer(planesBytes(area.width, area.height)), area.width, area.height);
  const shown: string[] = Array.from({ length: slots }, () => '');
  let current = 0;

  const panelOf = (index: number): Panel => {
    let panel = panels.get(index);
    if (!panel) {
      panel = createPanel(plate, stage, cues[index]!, slots);
      panels.set(index, panel);
      panels.delete(index - 2);
    }
    return panel;
  };

  return (buffer, slot, timeMs) => {
    if (cues.length === 0) return;
    while (current + 1 < cues.length && cues[current + 1]!.fromMs - FADE_MS <= timeMs) current++;
    const cue = cues[current]!;
    const panel = panelOf(current);
    const step = current === 0 ? FADE_STEPS : Math.min(FADE_STEPS, Math.floor(((timeMs - cue.fromMs) / FADE_MS + 1) * FADE_STEPS));
    const key = `${current} ${step}`;
    if (shown[slot] !== key) {
      shown[slot] = key;
      if (step < FADE_STEPS) {
        const before = panelOf(current - 1);
        mixPlanes(cues[current - 1]!.isSung ? before.lit : before.base, panel.base, step / FADE_STEPS, mixed);
        putPlanes(buffer, mixed, area);
      } else {
        putPlanes(buffer, panel.base, area);
      }
      panel.reveal.forget(slot);
    }
    if (step < FADE_STEPS || !cue.isSung) return;
    const share = (timeMs - cue.sweepFromMs) / (cue.sweepToMs - cue.sweepFromMs);
    panel.reveal.paint(buffer, slot, [Math.min(1, Math.max(0, share)) * panel.lengthPx]);
  };
}

function createPanel(plate: Canvas, stage: LyricStage, cue: LyricCue, slots: number): Panel {
  const { area } = stage;
  let rows: SungRow[] = [];
  const draw = (lit: boolean): Planes => {
    const canvas = createCanvas(area.width, area.height);
    const context = canvas.getContext('2d');
    context.translate(-area.x, -area.y);
    context.drawImage(plate, 0, 0);
    rows = stage.draw(context, cue, lit);
    return toPlanes(canvas.data(), area.width, area.height);
  };
  const base = draw(false);
  const lit = cue.isSung ? draw(true) : base;
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
      // What stands out of its row (the slant of a letter, a shadow) goes with the nearest letter.
      return { track: 0, level: starts[index]! + Math.min(row.width - 1, Math.max(1, within)) };
    },
  });
  return { base, lit, reveal, lengthPx };
}
