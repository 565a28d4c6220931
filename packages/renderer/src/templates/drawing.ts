import { createCanvas, type Canvas, type SKRSContext2D } from '@napi-rs/canvas';
import { readsRightToLeft } from '../input/clean-text.ts';
import { fitText, type FittedText, type TextBox } from './fit-text.ts';
import { fontOf, type FontWeight } from './fonts.ts';
import type { SungRow } from './template.ts';

/** Breaks a text into rows with a context's own measure. */
export function fitOn(context: SKRSContext2D, text: string, weight: FontWeight, box: TextBox): FittedText {
  return fitText(text, box, (part, sizePx) => {
    context.font = fontOf(weight, sizePx);
    return context.measureText(part).width;
  });
}

export interface TextPlace {
  /** The left edge, the middle or the right edge, by `align`. */
  x: number;
  /** The base line of the first row. */
  y: number;
  align: 'left' | 'center' | 'right';
  weight: FontWeight;
  colour: SKRSContext2D['fillStyle'];
  lineHeight: number;
  shadow?: { colour: string; blur: number; y: number };
}

/** Draws rows one under the other; returns where each stands. */
export function drawRows(context: SKRSContext2D, { rows, fontPx }: FittedText, place: TextPlace): SungRow[] {
  context.save();
  context.font = fontOf(place.weight, fontPx);
  context.textAlign = 'left';
  context.textBaseline = 'alphabetic';
  context.fillStyle = place.colour;
  if (place.shadow) {
    context.shadowColor = place.shadow.colour;
    context.shadowBlur = place.shadow.blur;
    context.shadowOffsetY = place.shadow.y;
  }
  const heightPx = fontPx * place.lineHeight;
  const drawn = rows.map((row, index) => {
    const { width } = context.measureText(row);
    const x = place.x - (place.align === 'left' ? 0 : place.align === 'center' ? width / 2 : width);
    const y = place.y + index * heightPx;
    context.direction = readsRightToLeft(row) ? 'rtl' : 'ltr';
    context.textAlign = 'left';
    context.fillText(row, x, y);
    return { x, y: y - fontPx * 1.02, width, height: heightPx };
  });
  context.restore();
  return drawn;
}

/** The middle of a picture with these proportions, at this size. */
export function drawCover(context: SKRSContext2D, cover: Canvas, x: number, y: number, width: number, height: number): void {
  const scale = Math.max(width / cover.width, height / cover.height);
  const fromWidth = width / scale;
  const fromHeight = height / scale;
  context.imageSmoothingQuality = 'high';
  context.drawImage(cover, (cover.width - fromWidth) / 2, (cover.height - fromHeight) / 2, fromWidth, fromHeight, x, y, width, height);
}

/** The cover as a dark, blurred background that lets white text stand out. */
export function drawBackground(context: SKRSContext2D, cover: Canvas, width: number, height: number): void {
  const small = createCanvas(48, Math.round((48 * height) / width));
  const smallContext = small.getContext('2d');
  smallContext.filter = 'blur(1.6px)';
  drawCover(smallContext, cover, -3, -3, small.width + 6, small.height + 6);
  context.save();
  context.filter = `blur(${Math.round(width / 48)}px) saturate(1.25)`;
  context.drawImage(small, -width * 0.06, -height * 0.06, width * 1.12, height * 1.12);
  context.restore();
  context.fillStyle = 'rgba(9, 8, 16, 0.58)';
  context.fillRect(0, 0, width, height);
  const vignette = context.createRadialGradient(width / 2, height * 0.46, height * 0.25, width / 2, height / 2, width * 0.72);
  vignette.addColorStop(0, 'rgba(6, 5, 12, 0)');
  vignette.addColorStop(1, 'rgba(6, 5, 12, 0.62)');
  context.fillStyle = vignette;
  context.fillRect(0, 0, width, height);
}
