import { createRequire } from 'node:module';
import { GlobalFonts } from '@napi-rs/canvas';

/** Our own name, so that a system font called Outfit does not get in the way. */
const FAMILY = 'Atelier Outfit';
/** Asked in turn for what the first does not have; a bare server has none of them, and then boxes are drawn. */
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

export type FontWeight = 500 | 600 | 700;

/** Makes our font known to the canvas of this process. Calling it again does no harm. */
export function registerFonts(): void {
  if (GlobalFonts.has(FAMILY)) return;
  const { resolve } = createRequire(import.meta.url);
  for (const file of FILES) GlobalFonts.registerFromPath(resolve(`@expo-google-fonts/outfit/${file}`), FAMILY);
}

/** A font as the canvas takes it. */
export const fontOf = (weight: FontWeight, sizePx: number): string =>
  `${weight} ${sizePx}px ${[FAMILY, ...FALLBACKS].map((name) => `"${name}"`).join(', ')}, sans-serif`;
