/** A line of the lyrics and when it is sung, in milliseconds from the start of the track. */
export interface LyricLine {
  startMs: number;
  endMs: number;
  text: string;
}

/** `[mm:ss]`, `[mm:ss.xx]` or `[mm:ss.xxx]`; some programs write a colon before the fraction. */
const TIME = /\[(\d{1,3}):([0-5]?\d)(?:[.:](\d{1,3}))?\]/y;
/** `[ar:Ada]`, `[offset:+250]` */
const TAG = /^\[([a-z#][a-z_]*):([^\]]*)\]$/i;
/** The time of a single word, in the enhanced form. Dropped, because a line is shown as a whole. */
const WORD_TIME = /<\d{1,3}:[0-5]?\d(?:[.:]\d{1,3})?>/g;
/** The length of the last line: the format does not tell it. */
const LAST_LINE_MS = 5_000;

/**
 * The timed lines of an LRC file, in order. Each line ends at the next time; a time without a text ends the line before it.
 * Throws an Error that names the first line of the file that does not follow the format.
 */
export function parseLrc(text: string): LyricLine[] {
  const times: { atMs: number; text: string }[] = [];
  let offsetMs = 0;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = raw.trim();
    if (line === '') continue;
    const tag = TAG.exec(line);
    if (tag) {
      if (tag[1]?.toLowerCase() === 'offset') offsetMs = readOffset(tag[2] ?? '', index);
      continue;
    }
    const { atMs, rest } = readTimes(line);
    if (atMs.length === 0) throw new Error(`line ${index + 1} has no time such as [00:12.50]: ${JSON.stringify(line.slice(0, 60))}`);
    const words = rest.replace(WORD_TIME, ' ').replace(/\s+/g, ' ').trim();
    times.push(...atMs.map((time) => ({ atMs: time, text: words })));
  }
  // A positive offset brings the lyrics forward.
  const sorted = times.map((one) => ({ ...one, atMs: Math.max(0, one.atMs - offsetMs) })).toSorted((a, b) => a.atMs - b.atMs);
  return sorted.flatMap(({ atMs, text: words }, index) => {
    const endMs = sorted[index + 1]?.atMs ?? atMs + LAST_LINE_MS;
    return words === '' || endMs === atMs ? [] : [{ startMs: atMs, endMs, text: words }];
  });
}

/** The times at the head of a line, in milliseconds: a refrain has several. */
function readTimes(line: string): { atMs: number[]; rest: string } {
  const atMs: number[] = [];
  let end = 0;
  TIME.lastIndex = 0;
  for (let match = TIME.exec(line); match; match = TIME.exec(line)) {
    const [, minutes, seconds, fraction = ''] = match;
    atMs.push(Number(minutes) * 60_000 + Number(seconds) * 1_000 + Number(fraction.padEnd(3, '0')));
    end = TIME.lastIndex;
  }
  return { atMs, rest: line.slice(end) };
}

function readOffset(text: string, index: number): number {
  if (!/^\s*[+-]?\d{1,7}\s*$/.test(text)) throw new Error(`line ${index + 1} has an offset that is no number of milliseconds`);
  return Number(text);
}
