import type { SKRSContext2D } from '@napi-rs/canvas';
import { drawBackground, drawCover, drawRows, fitOn } from './drawing.ts';
import { cssOf } from './cover-colours.ts';
import { triesOf } from './fit-text.ts';
import type { Layout, LayoutInput, MovingPart } from './layout.ts';

const CENTRE = { x: 540, y: 530 } as const;
const COVER_RADIUS = 212;
const RING = { radius: 228, width: 4 } as const;
const BANDS = 48;
const BAR = { from: 246, longest: 110, width: 8 } as const;
const TEXT_WIDTH = 920;
const LYRIC_MIDDLE = 954;
const TITLE_TRIES = triesOf([54, 48, 42], [36, 32, 29]);
const AUTHOR_TRIES = triesOf([26, 24, 22]);
const DOMAIN_TRIES = triesOf([20, 18]);
const LINE_TRIES = triesOf([44, 40], [38, 35, 32, 29]);
const TEXT_SHADOW = { colour: 'rgba(0, 0, 0, 0.5)', blur: 10, y: 2 } as const;

/** A round cover with the spectrum around it. The numbers are places in a frame of 1080x1080. */
export function createHalo(input: LayoutInput): Layout {
  return {
    bands: BANDS,
    drawPlate: (context) => drawPlate(context, input),
    movingParts: [createRays(input), createRing(input)],
    lyrics: {
      area: { x: 60, y: 896, width: input.width - 120, height: 112 },
      draw(context, cue, lit) {
        if (!cue.isSung) return [];
        const line = fitOn(context, cue.current, 700, { widthPx: TEXT_WIDTH, tries: LINE_TRIES });
        const lineHeight = 1.2;
        const y = LYRIC_MIDDLE - (line.rows.length * line.fontPx * lineHeight) / 2 + line.fontPx * 0.95;
        const colour = lit ? cssOf(input.colours.main) : '#fff';
        return drawRows(context, line, { x: CENTRE.x, y, align: 'center', weight: 700, colour, lineHeight, shadow: TEXT_SHADOW });
      },
    },
  };
}

function drawPlate(context: SKRSContext2D, input: LayoutInput): void {
  drawBackground(context, input);
  context.save();
  context.shadowColor = 'rgba(0, 0, 0, 0.6)';
  context.shadowBlur = 60;
  context.shadowOffsetY = 12;
  context.fillStyle = '#000';
  context.beginPath();
  context.arc(CENTRE.x, CENTRE.y, COVER_RADIUS - 2, 0, Math.PI * 2);
  context.fill();
  context.restore();
  context.save();
  context.beginPath();
  context.arc(CENTRE.x, CENTRE.y, COVER_RADIUS, 0, Math.PI * 2);
  context.clip();
  const side = COVER_RADIUS * 2;
  drawCover(context, input.cover, { x: CENTRE.x - COVER_RADIUS, y: CENTRE.y - COVER_RADIUS, width: side, height: side });
  context.restore();
  strokeRing(context, 'rgba(255, 255, 255, 0.18)');
  drawTexts(context, input);
}

function drawTexts(context: SKRSContext2D, { title, author, domain }: LayoutInput): void {
  const middle = { x: CENTRE.x, align: 'center' } as const;
  const heading = fitOn(context, title, 700, { widthPx: TEXT_WIDTH, tries: TITLE_TRIES });
  const y = heading.rows.length > 1 ? 66 : 92;
  drawRows(context, heading, { ...middle, y, weight: 700, colour: '#fff', lineHeight: 1.14, shadow: TEXT_SHADOW });
  const lastY = y + (heading.rows.length - 1) * heading.fontPx * 1.14;
  const by = fitOn(context, author, 500, { widthPx: TEXT_WIDTH, tries: AUTHOR_TRIES });
  drawRows(context, by, { ...middle, y: lastY + 42, weight: 500, colour: 'rgba(255, 255, 255, 0.74)', lineHeight: 1.2 });
  const site = fitOn(context, domain, 500, { widthPx: TEXT_WIDTH, tries: DOMAIN_TRIES });
  drawRows(context, site, { ...middle, y: 1044, weight: 500, colour: 'rgba(255, 255, 255, 0.56)', lineHeight: 1.2 });
}

function strokeRing(context: SKRSContext2D, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = RING.width;
  context.beginPath();
  context.arc(CENTRE.x, CENTRE.y, RING.radius, 0, Math.PI * 2);
  context.stroke();
}

/** 96 rays, the low notes at the top, the same on both sides. */
function createRays({ colours }: LayoutInput): MovingPart {
  const step = Math.PI / BANDS;
  const reach = BAR.from + BAR.longest + 2;
  const levels = new Float32Array(BANDS * 2);
  return {
    area: { x: CENTRE.x - reach, y: CENTRE.y - reach, width: reach * 2, height: reach * 2 },
    tracks: BANDS * 2,
    draw(context) {
      context.save();
      context.translate(CENTRE.x, CENTRE.y);
      for (let ray = 0; ray < BANDS * 2; ray++) {
        const angle = (ray + 0.5) * step;
        // The gradient stands still while the rays turn, so its ends are turned back.
        const x = Math.sin(angle) * reach;
        const y = Math.cos(angle) * reach;
        const still = context.createLinearGradient(x, y, -x, -y);
        still.addColorStop(0.1, cssOf(colours.second));
        still.addColorStop(0.9, cssOf(colours.main));
        context.save();
        context.rotate(angle);
        context.fillStyle = still;
        context.beginPath();
        context.roundRect(-BAR.width / 2, -BAR.from - BAR.longest, BAR.width, BAR.longest, BAR.width / 2);
        context.fill();
        context.restore();
      }
      context.restore();
    },
    locate(x, y) {
      const dx = x - CENTRE.x;
      const dy = y - CENTRE.y;
      const distance = Math.hypot(dx, dy);
      if (distance < BAR.from - 3) return undefined;
      const angle = Math.atan2(Math.abs(dx), -dy);
      const band = Math.min(BANDS - 1, Math.floor(angle / step));
      const off = angle - (band + 0.5) * step;
      const across = distance * Math.sin(off);
      const cap = BAR.width / 2 - Math.sqrt(Math.max(0, (BAR.width / 2) ** 2 - across ** 2));
      return { track: dx < 0 ? BANDS + band : band, level: distance * Math.cos(off) - BAR.from + cap };
    },
    levels({ bands }) {
      for (let band = 0; band < BANDS; band++) {
        const height = BAR.width + bands[band]! * (BAR.longest - BAR.width);
        levels[band] = height;
        levels[BANDS + band] = height;
      }
      return levels;
    },
  };
}

/** A thin ring around the cover that closes with the track. */
function createRing({ colours }: LayoutInput): MovingPart {
  const reach = RING.radius + RING.width;
  return {
    area: { x: CENTRE.x - reach, y: CENTRE.y - reach, width: reach * 2, height: reach * 2 },
    tracks: 1,
    draw: (context) => strokeRing(context, cssOf(colours.main)),
    locate(x, y) {
      const angle = Math.atan2(x - CENTRE.x, CENTRE.y - y);
      return { track: 0, level: (angle < 0 ? angle + Math.PI * 2 : angle) * RING.radius };
    },
    levels: ({ share }) => [share * Math.PI * 2 * RING.radius],
  };
}
