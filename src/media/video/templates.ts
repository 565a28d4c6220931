import { createHalo } from './halo.ts';
import { createPoster } from './poster.ts';
import { createStage } from './stage.ts';
import type { Template, TemplateFacts } from './template.ts';
import type { VideoOrder } from './video.ts';

/** Every look, by the name it is ordered under. */
export const TEMPLATES = {
  stage: { width: 1280, height: 720, create: createStage },
  halo: { width: 1080, height: 1080, create: createHalo },
  poster: { width: 1280, height: 720, create: createPoster },
} as const satisfies Record<VideoOrder['template'], { width: number; height: number; create: (facts: TemplateFacts) => Template }>;
