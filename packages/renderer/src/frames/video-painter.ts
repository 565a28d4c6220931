import { createCanvas, type Canvas } from '@napi-rs/canvas';
import { cleanText, LONGEST_TEXT } from '../input/clean-text.ts';
import { registerFonts } from '../templates/fonts.ts';
import { toLyricCues } from '../templates/lyric-cues.ts';
import { createLyricPainter } from '../templates/lyric-painter.ts';
import { findPalette } from '../templates/palette.ts';
import { toPlanes, type Planes } from './planes.ts';
import { createReveal, type Reveal } from '../templates/reveal.ts';
import { analyseSpectrum, analyseWaveform } from './spectrum.ts';
import type { Uncovered } from '../templates/template.ts';
import { TEMPLATES } from '../templates/templates.ts';
import type { VideoOrder } from '../video.ts';

export interface SceneOrder extends Pick<VideoOrder, 'title' | 'author' | 'domain' | 'template' | 'lyrics'> {
  frames: number;
  framesPerSecond: number;
  durationMs: number;
  /** Mono, at `SAMPLE_RATE`. */
  samples: Int16Array;
}

export interface Scene {
  /** Makes the frame with this number in a buffer. Buffers begin as copies of `plate`; numbers only rise. */
  paint(buffer: Planes, slot: number, frame: number): void;
  plate: Planes;
}

/** Lays out a video: everything still is drawn once, everything that moves is prepared. */
export function createScene(order: SceneOrder, cover: Canvas, slots: number): Scene {
  registerFonts();
  const cues = toLyricCues(order.lyrics);
  const template = TEMPLATES[order.template]({
    cover,
    palette: findPalette(shrink(cover)),
    title: cleanText(order.title, LONGEST_TEXT.title),
    author: cleanText(order.author, LONGEST_TEXT.name),
    domain: cleanText(order.domain, LONGEST_TEXT.name),
    durationMs: order.durationMs,
    hasLyrics: cues.length > 0,
    waveform: (parts) => analyseWaveform(order.samples, parts),
  });
  const plate = createCanvas(template.width, template.height);
  template.drawPlate(plate.getContext('2d'));
  const paintLyrics = createLyricPainter({ plate, stage: template.lyrics, cues, slots });
  const moving = template.uncovered.map((uncovered) => ({ uncovered, reveal: prepare(plate, uncovered, slots) }));
  const { bands } = template;
  const heights = analyseSpectrum(order.samples, order.frames, order.framesPerSecond, bands);
  return {
    plate: toPlanes(plate.data(), template.width, template.height),
    paint(buffer, slot, frame) {
      const moment = { share: frame / Math.max(1, order.frames - 1), bands: heights.subarray(frame * bands, (frame + 1) * bands) };
      for (const { uncovered, reveal } of moving) reveal.paint(buffer, slot, uncovered.levels(moment));
      paintLyrics(buffer, slot, (frame * 1_000) / order.framesPerSecond);
    },
  };
}

function prepare(plate: Canvas, uncovered: Uncovered, slots: number): Reveal {
  const { area } = uncovered;
  const canvas = createCanvas(area.width, area.height);
  const context = canvas.getContext('2d');
  context.translate(-area.x, -area.y);
  context.drawImage(plate, 0, 0);
  const base = toPlanes(canvas.data(), area.width, area.height);
  uncovered.draw(context);
  const lit = toPlanes(canvas.data(), area.width, area.height);
  const { tracks, locate } = uncovered;
  return createReveal({ frameWidth: plate.width, area, base, lit, tracks, slots, locate: (x, y) => locate(x, y) });
}

/** A copy small enough to count its colours. */
function shrink(cover: Canvas): Uint8ClampedArray {
  const small = createCanvas(32, 32);
  const context = small.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(cover, 0, 0, 32, 32);
  return context.getImageData(0, 0, 32, 32).data;
}
