import type { CreateLayout } from './layout.ts';

export interface Template {
  /** Pixels of a frame; even. */
  width: number;
  height: number;
  /** One sentence for documentation. */
  doc: string;
  /** Loads the drawing code. Only the thread that paints needs it: it brings the canvas. */
  load(): Promise<CreateLayout>;
}

/** Every look that a video can have, by the name that requests give. */
export const TEMPLATES = {
  stage: {
    width: 1280,
    height: 720,
    doc: 'the cover beside three lines of lyrics, a spectrum of 48 bars below them; without lyrics the bars take the room',
    load: async () => (await import('./stage.ts')).createStage,
  },
  halo: {
    width: 1080,
    height: 1080,
    doc: 'a round cover, the spectrum as 96 rays around it, the lyric line below; the thin ring is the progress',
    load: async () => (await import('./halo.ts')).createHalo,
  },
  poster: {
    width: 1280,
    height: 720,
    doc: 'the cover fills the frame; a large lyric line, and the whole track’s waveform lights up as it plays',
    load: async () => (await import('./poster.ts')).createPoster,
  },
} as const satisfies Record<string, Template>;

export type TemplateName = keyof typeof TEMPLATES;
