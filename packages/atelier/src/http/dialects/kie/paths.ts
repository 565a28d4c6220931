import { SUNO_OPERATIONS, type SunoOperation } from '../../../engine/suno/input.ts';

/** Every path of this dialect. */
const BASE = '/api/v1';

export const MIDJOURNEY_PATHS = {
  generate: `${BASE}/mj/generate`,
  upscale: `${BASE}/mj/generateUpscale`,
  vary: `${BASE}/mj/generateVary`,
  extend: `${BASE}/mj/generateVideoExtend`,
  record: `${BASE}/mj/record-info`,
  /** The quickstart sample posts here, with a picture's number from 1. Source: kie, Midjourney quickstart. */
  upscaleAlias: `${BASE}/mj/upscale`,
  varyAlias: `${BASE}/mj/vary`,
} as const;

export const MP4_PATHS = { generate: `${BASE}/mp4/generate`, record: `${BASE}/mp4/record-info` } as const;

/** The path that accepts tasks of an operation, and the path that answers their state. */
export const submitPath = (operation: SunoOperation): string => `${BASE}/${SUNO_OPERATIONS[operation].submit}`;
export const recordPath = (operation: SunoOperation): string => `${BASE}/${SUNO_OPERATIONS[operation].record}`;

/** Pages that Suno answers at once, below `/api/v1`: their bodies go to the upstream, and its answers come back. */
export const SYNC_PATHS = {
  timestampedLyrics: 'generate/get-timestamped-lyrics',
  persona: 'generate/generate-persona',
  style: 'style/generate',
  voiceValidate: 'voice/validate',
  voiceGenerate: 'voice/generate',
  voiceRegenerate: 'voice/regenerate',
  voiceCheck: 'voice/check-voice',
  voiceValidateInfo: 'voice/validate-info',
  voiceRecord: 'voice/record-info',
} as const;

export const syncPath = (page: keyof typeof SYNC_PATHS): string => `${BASE}/${SYNC_PATHS[page]}`;

/** Credits that are left, below `/api/v1`: kie.ai's path, then sunoapi.org's. */
export const CREDIT_PATHS = ['chat/credit', 'generate/credit'] as const;
export const creditPath = (path: (typeof CREDIT_PATHS)[number]): string => `${BASE}/${path}`;
