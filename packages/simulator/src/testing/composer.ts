import type { Composer } from '../art/composer.ts';

/** A composer for tests: its files contain the request as JSON, and every line takes a second. Songs are ready at once. */
export function createTestComposer(): Composer {
  return {
    async compose(request) {
      const lines = request.lyrics
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('['))
        .map((text, index) => {
          const [startMs, endMs] = [index * 1_000, index * 1_000 + 900];
          return { text, startMs, endMs, words: text.split(' ').map((word) => ({ text: word, startMs, endMs })) };
        });
      const waveform = Array.from({ length: 200 }, (_, part) => part / 200);
      return {
        mp3: Buffer.from(JSON.stringify(request)),
        durationS: request.durationS,
        tags: `pop, ${100 + request.take} bpm`,
        lines,
        waveform,
      };
    },
    writeLyrics: ({ prompt, title, take }) => ({
      title: title || prompt,
      text: `[Verse 1]\nTake ${take} of ${prompt}\nA second line\n[Chorus]\nAnd ${prompt} again`,
    }),
    describeStyle: (style) => `${style}, uplifting, piano`,
    toWav: async (mp3) => Buffer.concat([Buffer.from('RIFF'), mp3]),
    close: async () => undefined,
  };
}
