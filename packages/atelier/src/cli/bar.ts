import { Presets, SingleBar } from 'cli-progress';

/** Shows how far `work` has come, while it works, with a few words on what it is at. Nothing is shown where there is no terminal. */
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
