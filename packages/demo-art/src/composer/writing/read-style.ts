/** Words of a prompt or a style field that speak for a style. Several words are one entry with `_` between them. */
const STYLE_WORDS = {
  lofi: 'lofi lo_fi lo-fi chillhop study studying chill chilled relaxed relaxing rainy coffee cafe café cosy cozy mellow vinyl tape lazy beats_to',
  ambient:
    'ambient meditation meditative drone atmospheric atmosphere spa sleep sleeping soundscape ethereal space zen yoga floating healing calm ' +
    'calming nebula deep_space new_age',
  edm: 'edm house techno trance dance club rave dubstep electronic electro festival drop dj bass_drop big_room electronica disco party',
  synthwave: 'synthwave synth retrowave 80s eighties vaporwave outrun neon cyberpunk retro arcade chiptune new_wave synthpop synth-pop',
  rock: 'rock metal punk grunge guitar guitars electric indie_rock hard heavy riff garage alternative distorted anthem rebellious stadium',
  cinematic:
    'cinematic orchestral orchestra epic film movie trailer score soundtrack strings symphonic symphony classical heroic battle dramatic ' +
    'violin cello adventure fantasy choir waltz',
  'hip-hop': 'hip_hop hip-hop hiphop rap rapper trap boom_bap drill 808 urban street freestyle rnb r&b gangsta',
  folk: 'folk acoustic country bluegrass banjo fiddle ballad singer-songwriter singer_songwriter campfire celtic americana ukulele cabin nylon pastoral sea_shanty',
  pop: 'pop catchy radio summer love upbeat hit teen k-pop kpop j-pop jpop romantic happy birthday wedding sweet funk soul',
  jazz: 'jazz jazzy swing bebop bossa nova bossa_nova saxophone sax trumpet blues bluesy lounge smoky big_band cocktail crooner',
} as const;

export type StyleName = keyof typeof STYLE_WORDS;

const DARK_WORDS =
  'sad dark melancholy melancholic minor lonely rain rainy night grief lost goodbye gloomy tears cry crying broken heartbreak moody haunting ' +
  'tragic winter shadow ghost fear angry war storm tense mysterious sorrow blue midnight cold';

const BRIGHT_WORDS =
  'happy bright joy joyful major sunny sunshine summer smile uplifting cheerful hopeful hope morning spring fun love birthday playful ' +
  'celebration warm golden light party triumph triumphant feel-good';

const SLOW_WORDS = 'slow calm gentle soft sleepy ballad peaceful quiet relaxed lullaby down-tempo downtempo tender';
const FAST_WORDS = 'fast energetic driving upbeat intense frantic running race quick uptempo up-tempo powerful workout';

const LOW_VOICE_WORDS = 'male man men baritone bass-voice boy tenor crooner gruff';
const HIGH_VOICE_WORDS = 'female woman women girl soprano alto diva lady';

/** The wishes in the words of a request. A number is zero when no word asks for it. */
export interface Wishes {
  /** Undefined when no word speaks for any style. */
  style: StyleName | undefined;
  /** Above zero: bright. Below: dark. */
  mood: number;
  /** Above zero: fast. Below: slow. */
  pace: number;
  /** A tempo named as such: `92 bpm`. */
  bpm: number | undefined;
  voice: 'low' | 'high' | undefined;
}

/** The weight of a word of the style field. With weight 1 a "dreamy synth pop" about the sea would be ambient. */
const STYLE_WEIGHT = 3;
const MOST_WORDS = 400;

/** Reads style, mood, tempo and voice from the words of a request. Only whole words count. */
export function readWishes({ prompt, style }: { prompt: string; style: string }): Wishes {
  const weighed = new Map<string, number>();
  for (const [text, weight] of [
    [prompt, 1],
    [style, STYLE_WEIGHT],
  ] as const) {
    for (const word of phrasesOf(text)) weighed.set(word, (weighed.get(word) ?? 0) + weight);
  }
  const count = (list: string): number => list.split(' ').reduce((sum, word) => sum + (weighed.get(word.replaceAll('_', ' ')) ?? 0), 0);
  const mood = count(BRIGHT_WORDS) - count(DARK_WORDS);
  const pace = count(FAST_WORDS) - count(SLOW_WORDS);
  const voice = count(LOW_VOICE_WORDS) - count(HIGH_VOICE_WORDS);
  const bpm = Number(/(\d{2,3})\s?bpm/i.exec(`${style} ${prompt}`)?.[1] ?? Number.NaN);
  return {
    style: strongest(count),
    mood,
    pace,
    bpm: bpm >= 50 && bpm <= 200 ? bpm : undefined,
    voice: voice === 0 ? undefined : voice > 0 ? 'low' : 'high',
  };
}

/** A genre that is named says more than a word of its kind. */
const NAME_WEIGHT = 2;

/** The style with the most words; the first of the table where two have as many. */
function strongest(count: (list: string) => number): StyleName | undefined {
  let best: StyleName | undefined;
  let most = 0;
  for (const [name, words] of entriesOf(STYLE_WORDS)) {
    const found = count(words) + NAME_WEIGHT * count(name);
    if (found > most) [best, most] = [name, found];
  }
  return best;
}

const entriesOf = <Name extends string, Value>(table: Record<Name, Value>): [Name, Value][] => Object.entries(table) as [Name, Value][];

/** Each word, and each pair of neighbours. */
function phrasesOf(text: string): string[] {
  const words = text
    .replace(/\bsim:\S+/gi, ' ')
    .toLowerCase()
    .normalize('NFC')
    .split(/[^\p{L}\p{N}&-]+/u, MOST_WORDS)
    .filter(Boolean);
  return words.flatMap((word, index) => [word, `${word} ${words[index + 1] ?? ''}`]);
}
