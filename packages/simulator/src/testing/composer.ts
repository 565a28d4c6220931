import type { Composer } from '../art/composer.ts';
import { writeLyrics } from '@atelier/demo-art/composer/writing/lyrics-writer';

/** A composer for tests: its files hold what was ordered as JSON, and every line takes a second. Songs are there at once. */
export function createTestComposer(): Composer {
  return {
    async compose(order) {
      const lines = order.lyrics
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('['))
        .map((text, index) => {
          const [startMs, endMs] = [index * 1_000, index * 1_000 + 900];
          return { text, startMs, endMs, words: text.split(' ').map((word) => ({ text: word, startMs, endMs })) };
        });
      const waveform = Array.from({ length: 200 }, (_, part) => part / 200);
      return { mp3: Buffer.from(JSON.stringify(order)), durationS: order.durationS, tags: `pop, ${100 + order.take} bpm`, lines, waveform };
    },
    writeLyrics,
    toWav: async (mp3) => Buffer.concat([Buffer.from('RIFF'), mp3]),
    close: async () => undefined,
  };
}
