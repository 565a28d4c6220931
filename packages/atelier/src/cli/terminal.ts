import { Presets, SingleBar } from 'cli-progress';

/** A mistake that the person at the terminal can correct: shown as one line, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Rows under a heading, in columns as wide as their widest cell; `whenEmpty` if the list is empty. */
export function toTable(heading: readonly string[], rows: readonly (readonly string[])[], whenEmpty: string): string {
  if (rows.length === 0) return whenEmpty;
  const lines = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Age of an ISO 8601 time: `12 s`, `3 min`, `5 h`, `2 d`. */
export function toAge(time: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(time)) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** The text in one line of at most `maxLength` characters, without control characters. */
export function toLine(text: string, maxLength: number): string {
  const line = text.replace(/\p{Cc}+/gu, ' ').trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}

/** Runs `work` and shows its progress as a bar with a note. Without a terminal nothing is shown. */
export async function withBar<Result>(
  note: string,
  work: (show: (percent: number, note: string) => void) => Promise<Result>,
): Promise<Result> {
  const bar = new SingleBar({ format: '{bar} {percentage}% {note}', clearOnComplete: false, hideCursor: true }, Presets.shades_classic);
  bar.start(100, 0, { note });
  try {
    const result = await work((percent, words) => bar.update(percent, { note: words }));
    bar.update(100, { note: 'done' });
    return result;
  } finally {
    bar.stop();
  }
}

/** An ISO 8601 instant from a date or time as typed, null when left out. Throws `UserError`. */
export function parseTime(text: string | undefined): string | null {
  if (text === undefined) return null;
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new UserError(`"${text}" is not a time: write 2027-01-31 or 2027-01-31T12:00:00Z.`);
  return new Date(atMs).toISOString();
}
