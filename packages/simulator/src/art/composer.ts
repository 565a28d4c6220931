/** A song to compose. Equal requests give equal music on one version of Node. */
export interface CompositionRequest {
  /** The theme. It also chooses the style if `style` is empty. */
  prompt: string;
  style: string;
  title: string;
  /** Sung line by line; `[Verse]` and the like mark sections. Empty: instrumental. */
  lyrics: string;
  /** Seconds. */
  durationS: number;
  /** 0 or 1: two takes of one request are two songs. */
  take: number;
}

export interface Composition {
  /** MP3, 44.1 kHz stereo, with its title. */
  mp3: Uint8Array;
  /** Seconds. */
  durationS: number;
  /** Suno's tags of the song: `lofi, chill, 78 bpm, A minor`. */
  tags: string;
  /** When each line of the lyrics is sung, and each word of it. */
  lines: { startMs: number; endMs: number; text: string; words: { startMs: number; endMs: number; text: string }[] }[];
  /** The loudness of 200 equal parts, 0 to 1. */
  waveform: number[];
}

/** Makes music in a worker thread. */
export interface Composer {
  compose(request: CompositionRequest): Promise<Composition>;
  /** Lyrics for a theme, `[Verse]` and `[Chorus]` marked; another text for each `take`. */
  writeLyrics(request: { prompt: string; title: string; take: number }): { title: string; text: string };
  /** A few words that describe the sound of a style. */
  describeStyle(style: string): string;
  /** The same sound as a WAV file, 16 bit. */
  toWav(mp3: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}
