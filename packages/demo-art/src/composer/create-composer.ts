import { createRunFfmpeg } from '@atelier/renderer';
import { createWorkerPool } from '../worker-pool.ts';
import { decodeToWav, encodeMp3 } from './sound/audio-files.ts';
import type { Composer, CompositionRequest } from '@atelier/simulator';
import { writeLyrics } from './writing/lyrics-writer.ts';
import { describeStyle } from './writing/write-score.ts';
import type { Performance } from './perform.ts';

export interface ComposerDeps {
  /** The path of an ffmpeg. When it rejects, `compose` and `toWav` reject. */
  ffmpeg: () => Promise<string>;
  /** The parent of the temporary folders of songs. Left out: the system's. */
  temporaryFolder?: string;
}

const SHORTEST_S = 2;
const LONGEST_S = 600;

/**
 * Creates a composer. A worker thread writes and plays the songs; it starts with the first song. ffmpeg encodes them. An idle composer does
 * not keep the process alive.
 */
export function createComposer({ ffmpeg, ...runOptions }: ComposerDeps): Composer {
  const pool = createWorkerPool<CompositionRequest, Performance>({ entry: new URL('./composer-thread.ts', import.meta.url), threads: 1 });
  const deps = { ffmpeg, run: createRunFfmpeg(runOptions) };
  const closing = new AbortController();
  const { signal } = closing;
  const encodings = new Set<Promise<unknown>>();
  const tracked = <Result>(encoding: Promise<Result>): Promise<Result> => {
    encodings.add(encoding);
    return encoding.finally(() => encodings.delete(encoding));
  };

  return {
    async compose(request) {
      signal.throwIfAborted();
      if (!(request.durationS >= SHORTEST_S && request.durationS <= LONGEST_S))
        throw new RangeError(`a song lasts ${SHORTEST_S} to ${LONGEST_S} seconds, not ${request.durationS}`);
      const { pcm, ...composition } = await pool.run(request);
      signal.throwIfAborted();
      return { ...composition, mp3: await tracked(encodeMp3(deps, pcm, { title: request.title, signal })) };
    },
    writeLyrics,
    describeStyle,
    async toWav(mp3) {
      signal.throwIfAborted();
      return tracked(decodeToWav(deps, mp3, { signal }));
    },
    async close() {
      closing.abort(new Error('the composer was closed'));
      await pool.close();
      await Promise.allSettled(encodings);
    },
  };
}
