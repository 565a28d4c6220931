import type { CompositionRequest } from '@atelier/simulator';
import { answerRequests } from '../worker-pool.ts';
import { perform } from './perform.ts';

/** The thread that composes. */
answerRequests((request: CompositionRequest) => {
  const result = perform(request);
  return { result, transfer: [result.pcm.buffer as ArrayBuffer] };
});
