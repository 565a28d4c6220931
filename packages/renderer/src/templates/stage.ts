import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import { drawBackground, drawCover, drawRows, fitOn } from './drawing.ts';
import { cssOf } from './cover-colours.ts';
import { triesOf } from './fit-text.ts';
import type { Layout, LayoutInput, MovingPart } from './layout.ts';

const MARGIN = 72;
const COVER = { x: MARGIN, y: 92, size: 404, radius: 22 } as const;
const COLUMN = { x: 540, width: 668 } as const;
const BANDS = 48;
const BAR = { pitch: 14, width: 10 } as const;
const PROGRESS = { y: 660, height: 4 } as const;
const BASE_LINE = 604;
const REFLECTION = { gap: 4, share: 0.32, mostPx: 34 } as const;
const DIM = 'rgba(255, 255, 255, 0.42)';
const TITLE_TRIES = triesOf([46, 40], [44, 40, 36, 32, 28]);
const AUTHOR_TRIES = triesOf([25, 23, 21]);
const DOMAIN_TRIES = triesOf([20, 18]);
const LINE_TRIES = triesOf([42, 38], [40, 36, 32, 28]);
const OTHER_LINE_TRIES = triesOf([26, 24]);
const TEXT_SHADOW = { colour: 'rgba(0, 0, 0, 0.45)', blur: 8, y: 2 } as const;

/** The cover beside the lyrics, with the spectrum below them. The numbers are places in a frame of 1280x720. */
export function createStage(input: LayoutInput): Layout {
  return {
    bands: BANDS,
    drawPlate: (context) => drawPlate(context, input),
    movingParts: [createBars(input), createProgress(input)],
    lyrics: {
      area: { x: COLUMN.x - 12, y: 116, width: COLUMN.width + 24, height: 312 },
      draw: (context, cue, lit) => {
        const widthPx = COLUMN.width;
        const around = { x: COLUMN.x, align: 'left', weight: 600, colour: DIM, lineHeight: 1.25 } as const;
        const current = fitOn(context, cue.current, 700, { widthPx, tries: LINE_TRIES });
        const heightPx = current.rows.length * current.fontPx * 1.22;
        const top = 272 - heightPx / 2;
        drawRows(context, fitOn(context, cue.previous, 600, { widthPx, tries: OTHER_LINE_TRIES }), { ...around, y: top - 32 });
        drawRows(context, fitOn(context, cue.next, 600, { widthPx, tries: OTHER_LINE_TRIES }), { ...around, y: top + heightPx + 46 });
        const colour = lit ? cssOf(input.colours.main) : cue.isSung ? '#fff' : 'rgba(255, 255, 255, 0.6)';
        const place = { x: COLUMN.x, y: top + current.fontPx * 0.98, align: 'left', weight: 700, lineHeight: 1.22 } as const;
        return drawRows(context, current, { ...place, colour, shadow: TEXT_SHADOW });
      },
    },
  };
}

function drawPlate(context: SKRSContext2D, input: LayoutInput): void {
  drawBackground(context, input);
  drawFramedCover(context, input.cover);
  drawTexts(context, input);
  context.fillStyle = 'rgba(255, 255, 255, 0.16)';
  context.beginPath();
  context.roundRect(COLUMN.x, PROGRESS.y, COLUMN.width, PROGRESS.height, PROGRESS.height / 2);
  context.fill();
}

function drawFramedCover(context: SKRSContext2D, cover: Canvas): void {
  const { x, y, size, radius } = COVER;
  context.save();
  context.shadowColor = 'rgba(0, 0, 0, 0.55)';
  context.shadowBlur = 48;
  context.shadowOffsetY = 18;
  context.fillStyle = '#000';
  context.beginPath();
  context.roundRect(x + 2, y + 2, size - 4, size - 4, radius);
  context.fill();
  context.restore();
  context.save();
  context.beginPath();
  context.roundRect(x, y, size, size, radius);
  context.clip();
  drawCover(context, cover, { x, y, width: size, height: size });
  context.restore();
  context.strokeStyle = 'rgba(255, 255, 255, 0.14)';
  context.lineWidth = 1.5;
  context.beginPath();
  context.roundRect(x + 0.75, y + 0.75, size - 1.5, size - 1.5, radius);
  context.stroke();
}

function drawTexts(context: SKRSContext2D, { title, author, domain, width }: LayoutInput): void {
  const { x, y, size } = COVER;
  const heading = fitOn(context, title, 700, { widthPx: COVER.size, tries: TITLE_TRIES });
  const titleY = y + size + 34 + heading.fontPx * 0.9;
  const rows = drawRows(context, heading, {
    x,
    y: titleY,
    align: 'left',
    weight: 700,
    colour: '#fff',
    lineHeight: 1.12,
    shadow: TEXT_SHADOW,
  });
  const lastY = titleY + Math.max(0, rows.length - 1) * heading.fontPx * 1.12;
  const by = fitOn(context, author, 500, { widthPx: COVER.size, tries: AUTHOR_TRIES });
  drawRows(context, by, { x, y: lastY + 40, align: 'left', weight: 500, colour: 'rgba(255, 255, 255, 0.72)', lineHeight: 1.2 });
  const site = fitOn(context, domain, 500, { widthPx: 420, tries: DOMAIN_TRIES });
  drawRows(context, site, { x: width - MARGIN, y: 62, align: 'right', weight: 500, colour: 'rgba(255, 255, 255, 0.6)', lineHeight: 1.2 });
}

/** 48 bars that stand on a line. Tracks 0 to 47 are the bars, 48 to 95 their reflections below the line. */
function createBars({ colours, hasLyrics }: LayoutInput): MovingPart {
  const mostPx = hasLyrics ? 128 : 372;
  const levels = new Float32Array(BANDS * 2);
  const top = BASE_LINE - mostPx;
  const bars = (context: SKRSContext2D, y: number, height: number): void => {
    for (let band = 0; band < BANDS; band++) {
      context.beginPath();
      context.roundRect(COLUMN.x + band * BAR.pitch, y, BAR.width, height, BAR.width / 2);
      context.fill();
    }
  };
  return {
    area: { x: COLUMN.x, y: top, width: COLUMN.width + 2, height: mostPx + REFLECTION.gap + REFLECTION.mostPx },
    tracks: BANDS * 2,
    draw(context) {
      const colour = context.createLinearGradient(COLUMN.x, 0, COLUMN.x + COLUMN.width, 0);
      colour.addColorStop(0, cssOf(colours.main));
      colour.addColorStop(1, cssOf(colours.second));
      context.fillStyle = colour;
      bars(context, top, mostPx);
      context.globalAlpha = 0.22;
      bars(context, BASE_LINE + REFLECTION.gap, REFLECTION.mostPx);
      context.globalAlpha = 1;
    },
    locate(x, y) {
      const band = Math.floor((x - COLUMN.x) / BAR.pitch);
      const across = x - COLUMN.x - band * BAR.pitch - BAR.width / 2;
      if (band < 0 || band >= BANDS || Math.abs(across) > BAR.width / 2 + 1) return undefined;
      const cap = BAR.width / 2 - Math.sqrt(Math.max(0, (BAR.width / 2) ** 2 - across ** 2));
      return y < BASE_LINE
        ? { track: band, level: BASE_LINE - y + cap }
        : { track: BANDS + band, level: y - BASE_LINE - REFLECTION.gap + cap };
    },
    levels({ bands }) {
      for (let band = 0; band < BANDS; band++) {
        const height = Math.round(BAR.width + bands[band]! * (mostPx - BAR.width));
        levels[band] = height;
        levels[BANDS + band] = Math.min(REFLECTION.mostPx, Math.round(height * REFLECTION.share));
      }
      return levels;
    },
  };
}

function createProgress({ colours }: LayoutInput): MovingPart {
  return {
    area: { x: COLUMN.x, y: PROGRESS.y, width: COLUMN.width, height: PROGRESS.height },
    tracks: 1,
    draw(context) {
      context.fillStyle = cssOf(colours.main);
      context.beginPath();
      context.roundRect(COLUMN.x, PROGRESS.y, COLUMN.width, PROGRESS.height, PROGRESS.height / 2);
      context.fill();
    },
    locate: (x) => ({ track: 0, level: x - COLUMN.x }),
    levels: ({ share }) => [share * COLUMN.width],
  };
}
