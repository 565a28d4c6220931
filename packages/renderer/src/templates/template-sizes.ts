import type { VideoOrder } from '../video.ts';

/** Pixels of a frame, by template. */
export const TEMPLATE_SIZES = {
  stage: { width: 1280, height: 720 },
  halo: { width: 1080, height: 1080 },
  poster: { width: 1280, height: 720 },
} as const satisfies Record<VideoOrder['template'], { width: number; height: number }>;
