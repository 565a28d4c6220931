import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts, type Canvas, type SKRSContext2D } from '@napi-rs/canvas';
import { readsRightToLeft } from '../input/clean-text.ts';
import { fitText, type FittedText, type TextBox } from './fit-text.ts';
import type { Area } from '../frames/planes.ts';
import type { LayoutInput, SungRow } from './layout.ts';

/** A name of Atelier, so that a system font called Outfit does not get in the way. */
const FAMILY = 'Atelier Outfit';
/** Fonts of the system for characters that Outfit does not have, in this order. A server without them draws boxes. */
const FALLBACKS = [
  'Noto Sans',
  'Noto Sans CJK SC',
  'Noto Sans SC',
  'PingFang SC',
  'Microsoft YaHei',
  'Noto Color Emoji',
  'Apple Color Emoji',
  'Segoe UI Emoji',
];
const FILES = ['500Medium/Outfit_500Medium.ttf', '600SemiBold/Outfit_600SemiBold.ttf', '700Bold/Outfit_700Bold.ttf'];

type FontWeight = 500 | 600 | 700;

/** Makes Outfit known to the canvas of this process. Calling it again does no harm. */
export function registerFonts(): void {
  if (GlobalFonts.has(FAMILY)) return;
  const { resolve } = createRequire(import.meta.url);
  for (const file of FILES) GlobalFonts.registerFromPath(resolve(`@expo-google-fonts/outfit/${file}`), FAMILY);
}

/** A font as the canvas takes it. */
const fontOf = (weight: FontWeight, sizePx: number): string =>
  `${weight} ${sizePx}px ${[FAMILY, ...FALLBACKS].map((name) => `"${name}"`).join(', ')}, sans-serif`;

/** Breaks a text into rows with a context's own measure. */
export function fitOn(context: SKRSContext2D, text: string, weight: FontWeight, box: TextBox): FittedText {
  return fitText(text, box, (part, sizePx) => {
    context.font = fontOf(weight, sizePx);
    return context.measureText(part).width;
  });
}

interface TextPlace {
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

/** Draws rows one under the other; returns the place of each. */
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

/** Fills an area with the cover; the parts that stick out at two sides are cut off. */
export function drawCover(context: SKRSContext2D, cover: Canvas, { x, y, width, height }: Area): void {
  const scale = Math.max(width / cover.width, height / cover.height);
  const fromWidth = width / scale;
  const fromHeight = height / scale;
  context.imageSmoothingQuality = 'high';
  context.drawImage(cover, (cover.width - fromWidth) / 2, (cover.height - fromHeight) / 2, fromWidth, fromHeight, x, y, width, height);
}

/** The cover as a dark, blurred background that lets white text stand out. */
export function drawBackground(context: SKRSContext2D, { cover, width, height }: LayoutInput): void {
  const small = createCanvas(48, Math.round((48 * height) / width));
  const smallContext = small.getContext('2d');
  smallContext.filter = 'blur(1.6px)';
  drawCover(smallContext, cover, { x: -3, y: -3, width: small.width + 6, height: small.height + 6 });
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
