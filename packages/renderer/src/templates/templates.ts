import { createHalo } from './halo.ts';
import { createPoster } from './poster.ts';
import { createStage } from './stage.ts';
import type { Template, TemplateFacts } from './template.ts';
import type { VideoOrder } from '../video.ts';

/** Every look, by the name it is ordered under. */
export const TEMPLATES = { stage: createStage, halo: createHalo, poster: createPoster } as const satisfies Record<
  VideoOrder['template'],
  (facts: TemplateFacts) => Template
>;
