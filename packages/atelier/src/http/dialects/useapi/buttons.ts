/**
 * The buttons that v2 knows, in its spelling: the arrows carry U+FE0F, the loop does not.
 * Source: useapi, jobs/button, buttons; useapi, change notes, region and video of August 2025.
 */
const BUTTONS = {
  grid: ['U1', 'U2', 'U3', 'U4', 'V1', 'V2', 'V3', 'V4', '🔄'],
  pan: ['⬅️', '➡️', '⬆️', '⬇️'],
  vary: ['Vary (Strong)', 'Vary (Subtle)'],
  zoom: ['Zoom Out 1.5x', 'Zoom Out 2x', 'Custom Zoom', 'Make Square'],
  upscale: ['Upscale (2x)', 'Upscale (4x)', 'Upscale (Subtle)', 'Upscale (Creative)'],
  redo: ['Redo Upscale (2x)', 'Redo Upscale (4x)', 'Redo Upscale (Subtle)', 'Redo Upscale (Creative)'],
  oldModels: ['Make Variations', 'Remaster'],
  region: ['Vary (Region)'],
  video: ['Animate (High motion)', 'Animate (Low motion)', 'Extend (High motion)', 'Extend (Low motion)'],
} as const;

export type UseapiButton = (typeof BUTTONS)[keyof typeof BUTTONS][number];

export const ALL_BUTTONS: readonly UseapiButton[] = Object.values(BUTTONS).flat();

/** Buttons that may be pressed once. Source: useapi, jobs/button, 409. */
const ONCE: ReadonlySet<UseapiButton> = new Set<UseapiButton>(['U1', 'U2', 'U3', 'U4']);

/** Buttons that open a text form, always or in remix mode. Source: useapi, jobs/button, `prompt`. */
const TAKES_PROMPT: ReadonlySet<UseapiButton> = new Set<UseapiButton>([
  'Custom Zoom',
  'V1',
  'V2',
  'V3',
  'V4',
  '🔄',
  ...BUTTONS.pan,
  ...BUTTONS.vary,
  ...BUTTONS.region,
  ...BUTTONS.video,
]);

const VIDEO: ReadonlySet<UseapiButton> = new Set<UseapiButton>(BUTTONS.video);

/** U+FE0F only asks for the coloured form of an emoji; senders drop it and mean the same button. */
const plain = (label: string): string => label.replaceAll('\u{FE0F}', '').trim();

const BY_PLAIN_LABEL: ReadonlyMap<string, UseapiButton> = new Map(ALL_BUTTONS.map((button) => [plain(button), button]));

/** The button of this label in v2's spelling; undefined for one that v2 does not know (❤️, Web). */
export const toButton = (label: string): UseapiButton | undefined => BY_PLAIN_LABEL.get(plain(label));

export const isPressedOnce = (button: UseapiButton): boolean => ONCE.has(button);
export const takesPrompt = (button: UseapiButton): boolean => TAKES_PROMPT.has(button);
export const makesVideo = (button: UseapiButton): boolean => VIDEO.has(button);
