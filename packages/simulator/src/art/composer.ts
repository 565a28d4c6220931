/** What is to be composed. Equal orders give equal music (on one version of Node). */
export interface CompositionOrder {
  /** What it is about; chooses the style where `style` is silent. */
  prompt: string;
  style: string;
  title: string;
  /** Sung line by line; `[Verse]` and the like mark sections. Empty: instrumental. */
  lyrics: string;
  /** Seconds. */
  durationS: number;
  /** Two takes of one order are two songs: 0 and 1. */
  take: number;
}

export interface Composition {
  /** MP3, 44.1 kHz stereo, with its title. */
  mp3: Uint8Array;
  /** Seconds. */
  durationS: number;
  /** What it is, in the words of Suno's tags: `lofi, chill, 78 bpm, A minor`. */
  tags: string;
  /** When each line of the lyrics is sung, and each word of it. */
  lines: { startMs: number; endMs: number; text: string; words: { startMs: number; endMs: number; text: string }[] }[];
  /** The loudness of 200 equal parts, 0 to 1. */
  waveform: number[];
}

/** Makes music in a thread of its own. */
export interface Composer {
  compose(order: CompositionOrder): Promise<Composition>;
  /** Lyrics for a theme, `[Verse]` and `[Chorus]` marked; another text for each `take`. */
  writeLyrics(order: { prompt: string; title: string; take: number }): { title: string; text: string };
  /** The same sound as a WAV file, 16 bit. */
  toWav(mp3: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}
