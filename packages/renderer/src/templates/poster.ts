import type { SKRSContext2D } from '@napi-rs/canvas';
import { drawCover, drawRows, fitOn } from './drawing.ts';
import { cssOf } from './cover-colours.ts';
import { triesOf } from './fit-text.ts';
import type { Layout, LayoutInput, MovingPart } from './layout.ts';

const MARGIN = 72;
const WAVE = { y: 628, width: 1_136, half: 42, pitch: 6, bar: 4 } as const;
const LYRIC_MIDDLE = 496;
const TITLE_WIDTH = 760;
const TITLE_TRIES = triesOf([54, 48], [48, 42, 37, 33, 30]);
const AUTHOR_TRIES = triesOf([26, 24, 22]);
const DOMAIN_TRIES = triesOf([20, 18]);
const LINE_TRIES = triesOf([58, 52], [52, 46, 41, 37]);
const TEXT_SHADOW = { colour: 'rgba(0, 0, 0, 0.6)', blur: 14, y: 2 } as const;

/** The cover fills the frame; the whole track's waveform lights up as it plays. The numbers are places in a frame of 1280x720. */
export function createPoster(input: LayoutInput): Layout {
  const parts = Math.floor((WAVE.width + WAVE.pitch - WAVE.bar) / WAVE.pitch);
  const waveform = input.waveform(parts);
  return {
    bands: 0,
    drawPlate(context) {
      drawPlate(context, input);
      fillWave(context, waveform, 'rgba(255, 255, 255, 0.36)');
    },
    movingParts: [createWave(waveform)],
    lyrics: {
      area: { x: MARGIN - 12, y: 416, width: WAVE.width + 24, height: 160 },
      draw(context, cue, lit) {
        if (!cue.isSung) return [];
        const line = fitOn(context, cue.current, 700, { widthPx: WAVE.width - 60, tries: LINE_TRIES });
        const lineHeight = 1.18;
        const y = LYRIC_MIDDLE - (line.rows.length * line.fontPx * lineHeight) / 2 + line.fontPx * 0.94;
        const colour = lit ? cssOf(input.colours.main) : '#fff';
        return drawRows(context, line, { x: input.width / 2, y, align: 'center', weight: 700, colour, lineHeight, shadow: TEXT_SHADOW });
      },
    },
  };
}

function drawPlate(context: SKRSContext2D, { cover, title, author, domain, width, height }: LayoutInput): void {
  drawCover(context, cover, { x: 0, y: 0, width, height });
  shade(context, { fromY: 0, toY: 250, width }, 0.74);
  shade(context, { fromY: height, toY: height - 460, width }, 0.92);
  const heading = fitOn(context, title, 700, { widthPx: TITLE_WIDTH, tries: TITLE_TRIES });
  const y = 62 + heading.fontPx * 0.82;
  drawRows(context, heading, { x: MARGIN, y, align: 'left', weight: 700, colour: '#fff', lineHeight: 1.1, shadow: TEXT_SHADOW });
  const lastY = y + (heading.rows.length - 1) * heading.fontPx * 1.1;
  const by = fitOn(context, author, 500, { widthPx: TITLE_WIDTH, tries: AUTHOR_TRIES });
  const quiet = { weight: 500, colour: 'rgba(255, 255, 255, 0.84)', lineHeight: 1.2, shadow: TEXT_SHADOW } as const;
  drawRows(context, by, { ...quiet, x: MARGIN, y: lastY + 42, align: 'left' });
  const site = fitOn(context, domain, 500, { widthPx: 320, tries: DOMAIN_TRIES });
  drawRows(context, site, { ...quiet, x: width - MARGIN, y: 84, align: 'right', colour: 'rgba(255, 255, 255, 0.7)' });
}

/** Darkens from an edge inwards, softly, so that white text stands out on any picture. */
function shade(context: SKRSContext2D, { fromY, toY, width }: { fromY: number; toY: number; width: number }, darkness: number): void {
  const gradient = context.createLinearGradient(0, fromY, 0, toY);
  for (let step = 0; step <= 8; step++) gradient.addColorStop(step / 8, `rgba(5, 5, 12, ${darkness * (1 - step / 8) ** 1.35})`);
  context.fillStyle = gradient;
  context.fillRect(0, Math.min(fromY, toY), width, Math.abs(toY - fromY));
}

function fillWave(context: SKRSContext2D, waveform: Float32Array, colour: string): void {
  context.fillStyle = colour;
  for (const [part, loudness] of waveform.entries()) {
    const half = Math.max(WAVE.bar / 2, loudness * WAVE.half);
    context.beginPath();
    context.roundRect(MARGIN + part * WAVE.pitch, WAVE.y - half, WAVE.bar, half * 2, WAVE.bar / 2);
    context.fill();
  }
}

function createWave(waveform: Float32Array): MovingPart {
  return {
    area: { x: MARGIN, y: WAVE.y - WAVE.half - 2, width: WAVE.width, height: WAVE.half * 2 + 4 },
    tracks: 1,
    draw: (context) => fillWave(context, waveform, '#fff'),
    locate: (x) => ({ track: 0, level: x - MARGIN }),
    levels: ({ share }) => [share * WAVE.width],
  };
}
