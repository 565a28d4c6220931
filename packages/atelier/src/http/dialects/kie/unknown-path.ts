import type { JsonObject } from '@atelier/lib/json';
import { CODES, failure } from './envelope.ts';
import { CREDIT_PATHS, creditPath, MIDJOURNEY_PATHS, MP4_PATHS, recordPath, submitPath, syncPath } from './paths.ts';

/** The product that an unknown path names; the first match counts. `submit` is the path for new tasks, `record` the path for a task's state. */
const GUESSES: readonly { path: RegExp; submit: string; record: string }[] = [
  { path: /mj|midjourney|imagine|upscale|vary|variation/i, submit: MIDJOURNEY_PATHS.generate, record: MIDJOURNEY_PATHS.record },
  { path: /lyric.*(time|align)|(time|align).*lyric/i, submit: syncPath('timestampedLyrics'), record: syncPath('timestampedLyrics') },
  { path: /mp4|music-?video|video/i, submit: MP4_PATHS.generate, record: MP4_PATHS.record },
  { path: /lyric/i, submit: submitPath('lyrics'), record: recordPath('lyrics') },
  { path: /wav/i, submit: submitPath('wav'), record: recordPath('wav') },
  { path: /vocal-?(removal|separat)|stem|separat/i, submit: submitPath('vocal-removal'), record: recordPath('vocal-removal') },
  { path: /midi/i, submit: submitPath('midi'), record: recordPath('midi') },
  { path: /persona/i, submit: syncPath('persona'), record: syncPath('persona') },
  { path: /style/i, submit: syncPath('style'), record: syncPath('style') },
  { path: /voice/i, submit: syncPath('voiceGenerate'), record: syncPath('voiceRecord') },
  { path: /upload-?cover/i, submit: submitPath('upload-cover'), record: recordPath('upload-cover') },
  { path: /upload-?extend/i, submit: submitPath('upload-extend'), record: recordPath('upload-extend') },
  { path: /add-?vocal/i, submit: submitPath('add-vocals'), record: recordPath('add-vocals') },
  { path: /add-?instrumental/i, submit: submitPath('add-instrumental'), record: recordPath('add-instrumental') },
  { path: /replace|infill/i, submit: submitPath('replace-section'), record: recordPath('replace-section') },
  { path: /mash-?up/i, submit: submitPath('mashup'), record: recordPath('mashup') },
  { path: /sounds?(\/|$)/i, submit: submitPath('sounds'), record: recordPath('sounds') },
  { path: /cover/i, submit: submitPath('cover'), record: recordPath('cover') },
  { path: /extend/i, submit: submitPath('extend'), record: recordPath('extend') },
  { path: /suno|music|song|audio|track|generate|custom/i, submit: submitPath('generate'), record: recordPath('generate') },
];

/** Midjourney's follow-ups, each with its own path. */
const FOLLOW_UPS: readonly [RegExp, string][] = [
  [/extend/i, MIDJOURNEY_PATHS.extend],
  [/upscale/i, MIDJOURNEY_PATHS.upscale],
  [/vary|variation/i, MIDJOURNEY_PATHS.vary],
];

/** The path asks for the state or the result of a task. */
const QUESTION = /record-?_?info|status|details?(\/|$)|\/(tasks?|query|result|fetch|get|feed)(\/|$)/i;

/** Every path under `/api/v1` except LinkrAPI's four, and Midjourney paths with the prefix left out or cut short. */
const KIE_PATH = /^\/(api\/v1(?!\/(imagine|fetch|action|info)(\/|$))(\/|$)|(api\/|v1\/)?mj\/)/;

function suggest(path: string): string {
  if (/credit|balance/i.test(path)) return `GET ${creditPath(CREDIT_PATHS[0])}`;
  const isQuestion = QUESTION.test(path);
  const guess = GUESSES.find((one) => one.path.test(path));
  // The path says neither pictures nor music.
  if (!guess)
    return isQuestion
      ? `${ask(MIDJOURNEY_PATHS.record)} or ${ask(recordPath('generate'))}`
      : `POST ${MIDJOURNEY_PATHS.generate} or POST ${submitPath('generate')}`;
  if (isQuestion && guess.record !== guess.submit) return ask(guess.record);
  const followUp = guess.submit === MIDJOURNEY_PATHS.generate ? FOLLOW_UPS.find(([one]) => one.test(path))?.[1] : undefined;
  return `POST ${followUp ?? guess.submit}`;
}

const ask = (path: string): string => `GET ${path}?taskId={taskId}`;

/** A 404 that names the right path: client programs of this vendor try several paths. */
export function answerUnknownPath(method: string, path: string): { status: number; body: JsonObject } | undefined {
  if (!KIE_PATH.test(path)) return undefined;
  const msg = `${method} ${path.slice(0, 200)} not found. Use ${suggest(path)}`;
  return { status: 404, body: failure(CODES['route-not-found'], msg) };
}
