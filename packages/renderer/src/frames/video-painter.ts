import { createCanvas, type Canvas } from '@napi-rs/canvas';
import { cleanText, LONGEST_TEXT } from '../input/clean-text.ts';
import { registerFonts } from '../templates/drawing.ts';
import { toLyricCues } from '../templates/lyric-cues.ts';
import { createLyricPainter } from '../templates/lyric-painter.ts';
import { findCoverColours } from '../templates/cover-colours.ts';
import { toPlanes, type Planes } from './planes.ts';
import { createReveal, type Reveal } from '../templates/reveal.ts';
import { analyseSpectrum, analyseWaveform } from './spectrum.ts';
import type { MovingPart } from '../templates/layout.ts';
import { TEMPLATES } from '../templates/templates.ts';
import type { RenderRequest } from '../video.ts';

/** One video as its frames show it. Plain data: it is sent to the painting thread. */
export interface VideoContent extends Pick<RenderRequest, 'title' | 'author' | 'domain' | 'template' | 'lyrics'> {
  frames: number;
  framesPerSecond: number;
  durationMs: number;
  /** Mono, at `SAMPLE_RATE`. */
  samples: Int16Array;
}

export interface VideoPainter {
  /** The frame without the parts that move. */
  plate: Planes;
  /** Turns a buffer into the frame with this number. Each of the `slots` buffers begins as a copy of `plate`; numbers only rise. */
  paint(buffer: Planes, slot: number, frame: number): void;
}

/** Lays out a video: draws everything that stands still, and prepares everything that moves. */
export async function createVideoPainter(content: VideoContent, cover: Canvas, slots: number): Promise<VideoPainter> {
  registerFonts();
  const cues = toLyricCues(content.lyrics);
  const { width, height, load } = TEMPLATES[content.template];
  const createLayout = await load();
  const layout = createLayout({
    width,
    height,
    cover,
    colours: findCoverColours(shrink(cover)),
    title: cleanText(content.title, LONGEST_TEXT.title),
    author: cleanText(content.author, LONGEST_TEXT.name),
    domain: cleanText(content.domain, LONGEST_TEXT.name),
    durationMs: content.durationMs,
    hasLyrics: cues.length > 0,
    waveform: (parts) => analyseWaveform(content.samples, parts),
  });
  const plate = createCanvas(width, height);
  layout.drawPlate(plate.getContext('2d'));
  const paintLyrics = createLyricPainter({ plate, layout: layout.lyrics, cues, slots });
  const moving = layout.movingParts.map((part) => ({ part, reveal: prepareReveal(plate, part, slots) }));
  const { bands } = layout;
  const heights = analyseSpectrum(content.samples, content.frames, content.framesPerSecond, bands);
  return {
    plate: toPlanes(plate.data(), width, height),
    paint(buffer, slot, frame) {
      const moment = { share: frame / Math.max(1, content.frames - 1), bands: heights.subarray(frame * bands, (frame + 1) * bands) };
      for (const { part, reveal } of moving) reveal.paint(buffer, slot, part.levels(moment));
      paintLyrics(buffer, slot, (frame * 1_000) / content.framesPerSecond);
    },
  };
}

function prepareReveal(plate: Canvas, part: MovingPart, slots: number): Reveal {
  const { area, tracks } = part;
  const canvas = createCanvas(area.width, area.height);
  const context = canvas.getContext('2d');
  context.translate(-area.x, -area.y);
  context.drawImage(plate, 0, 0);
  const base = toPlanes(canvas.data(), area.width, area.height);
  part.draw(context);
  const lit = toPlanes(canvas.data(), area.width, area.height);
  return createReveal({ frameWidth: plate.width, area, base, lit, tracks, slots, locate: (x, y) => part.locate(x, y) });
}

/** A copy small enough to count its colours. */
function shrink(cover: Canvas): Uint8ClampedArray {
  const small = createCanvas(32, 32);
  const context = small.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(cover, 0, 0, 32, 32);
  return context.getImageData(0, 0, 32, 32).data;
}
