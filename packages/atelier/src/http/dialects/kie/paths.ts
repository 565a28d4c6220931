import { SUNO_OPERATIONS, type SunoOperation } from '../../../engine/suno/input.ts';

const BASE = '/api/v1';

/** Where an operation is asked for, and where its state is read. */
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

/** kie.ai's and sunoapi.org's. */
export const CREDIT_PATHS = ['chat/credit', 'generate/credit'] as const;
