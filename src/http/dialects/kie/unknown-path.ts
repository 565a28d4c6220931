import type { JsonObject } from '../../../lib/json.ts';
import { CODES } from './errors.ts';
import { failure } from './envelope.ts';

export const PATHS = {
  generate: '/api/v1/mj/generate',
  upscale: '/api/v1/mj/generateUpscale',
  vary: '/api/v1/mj/generateVary',
  extend: '/api/v1/mj/generateVideoExtend',
  record: '/api/v1/mj/record-info',
  credit: '/api/v1/chat/credit',
  /** The quickstart sample posts here, with a picture's number from 1. Source: kie, Midjourney quickstart. */
  upscaleAlias: '/api/v1/mj/upscale',
  varyAlias: '/api/v1/mj/vary',
} as const;

const RECORD = `GET ${PATHS.record}?taskId={taskId}`;

/** What callers of unknown paths were looking for; the first match counts. */
const GUESSES: readonly [RegExp, string][] = [
  [/record-?_?info|status|\/(tasks?|query|result|fetch|details?)(\/|$)/i, RECORD],
  [/credit|balance/i, `GET ${PATHS.credit}`],
  [/extend/i, `POST ${PATHS.extend}`],
  [/upscale/i, `POST ${PATHS.upscale}`],
  [/vary|variation/i, `POST ${PATHS.vary}`],
  [/mj|midjourney|generat|create|imagine/i, `POST ${PATHS.generate}`],
];

/** Everything under `/api/v1` but LinkrAPI's four paths, and Midjourney paths whose prefix was left out or halved. */
const OURS = /^\/(api\/v1(?!\/(imagine|fetch|action|info)(\/|$))(\/|$)|(api\/|v1\/)?mj\/)/;

/** A 404 that names the right path: callers of this vendor try several before they read the manual. */
export function answerUnknownPath(method: string, path: string): { status: number; body: JsonObject } | undefined {
  if (!OURS.test(path)) return undefined;
  const meant = GUESSES.find(([guess]) => guess.test(path))?.[1] ?? `POST ${PATHS.generate} or ${RECORD}`;
  return { status: 404, body: failure(CODES['route-not-found'], `There is no ${method} ${path.slice(0, 200)} here. Use ${meant}`) };
}
