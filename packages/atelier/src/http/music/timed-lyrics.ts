import type { TimedLyric } from '../../engine/music-video/input.ts';
import type { SunoRelay } from '../../engine/suno/input.ts';
import type { Clock } from '@atelier/lib/clock';
import { isJsonObject, listAt, textAt, type JsonObject } from '@atelier/lib/json';

/** A request waits at most this long for timed lyrics: it works without them. */
const MAX_WAIT_MS = 5_000;

/**
 * The lines of a track's lyrics with their times, from Suno; an empty list when Suno does not know them or is too slow. Never rejects.
 * Source: kie, generate/get-timestamped-lyrics.
 */
export async function askTimedLines(
  deps: { suno: SunoRelay; clock: Clock },
  track: { upstreamTaskId: string; audioId: string },
): Promise<TimedLyric[]> {
  if (track.upstreamTaskId === '') return [];
  const ask = async (): Promise<TimedLyric[]> => {
    const reply = await deps.suno.ask('POST', 'generate/get-timestamped-lyrics', { taskId: track.upstreamTaskId, audioId: track.audioId });
    return reply.code === 200 && isJsonObject(reply.data) ? toLines(listAt(reply.data, 'alignedWords').filter(isJsonObject)) : [];
  };
  let cancel = (): void => {};
  const tooLate = new Promise<TimedLyric[]>((resolve) => {
    cancel = deps.clock.after(MAX_WAIT_MS, () => resolve([]));
  });
  try {
    return await Promise.race([ask(), tooLate]);
  } catch {
    return [];
  } finally {
    cancel();
  }
}

interface Word {
  text: string;
  startMs: number;
  endMs: number;
}

/** A silence of this length ends a line that has no line break. */
const PAUSE_MS = 1_200;
/** A line without a line break ends before it gets longer than this. */
const LINE_LENGTH = 60;
/** Limits of the lyrics that a job carries and a video can show. */
const MAX_LINES = 1_000;
const MAX_LINE_LENGTH = 300;
const MARK = /\[[^\]]*\]/g;

/** The words as lines, which end at the line breaks of the lyrics, at silences, and before they get too long. Marks such as `[Verse]` are left out. */
export function toLines(alignedWords: readonly JsonObject[]): TimedLyric[] {
  const lines: Word[] = [];
  let line: Word | undefined;
  const end = (): void => {
    if (line && line.text !== '') lines.push(line);
    line = undefined;
  };
  for (const word of readWords(alignedWords)) {
    for (const [index, { text, startMs, endMs }] of piecesOf(word).entries()) {
      if (index > 0) end();
      if (text.trim() === '') continue;
      if (line && (startMs - line.endMs > PAUSE_MS || line.text.length + text.length > LINE_LENGTH)) end();
      line = line ? { text: join(line.text, text), startMs: line.startMs, endMs } : { text: text.trimStart(), startMs, endMs };
    }
  }
  end();
  return lines
    .map(({ text, startMs, endMs }) => ({ text: text.replaceAll(MARK, '').trim().slice(0, MAX_LINE_LENGTH), startMs, endMs }))
    .filter(({ text }) => text !== '')
    .slice(0, MAX_LINES);
}

/** The parts of a word with line breaks; each part gets a share of the word's time by its length. */
function piecesOf({ text, startMs, endMs }: Word): Word[] {
  const pieces = text.split(/\r?\n/);
  const lengths = pieces.map((piece) => piece.replaceAll(MARK, '').trim().length);
  const whole = lengths.reduce((sum, length) => sum + length, 0) || 1;
  let before = 0;
  return pieces.map((piece, index) => {
    const from = before;
    before += lengths[index] ?? 0;
    const at = (length: number): number => Math.round(startMs + ((endMs - startMs) * length) / whole);
    return { text: piece, startMs: at(from), endMs: at(before) };
  });
}

function readWords(words: readonly JsonObject[]): Word[] {
  return words
    .flatMap((word) => {
      const startMs = toMs(word['startS']);
      const endMs = toMs(word['endS']);
      return startMs === undefined || endMs === undefined || endMs < startMs ? [] : [{ text: textAt(word, 'word'), startMs, endMs }];
    })
    .toSorted((one, other) => one.startMs - other.startMs);
}

const toMs = (seconds: unknown): number | undefined =>
  typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1_000) : undefined;

/** Scripts without blanks between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** Joins a word to a line. Suno sends words with or without the blanks between them. */
function join(before: string, word: string): string {
  const isJoined =
    /\s$/.test(before) || /^[\s,.!?;:’'…)\]]/.test(word) || (UNSPACED.test(before.slice(-1)) && UNSPACED.test(word.slice(0, 1)));
  return isJoined ? before + word : `${before} ${word}`;
}
