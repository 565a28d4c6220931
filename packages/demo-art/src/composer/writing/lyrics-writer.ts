import { createRandom, hashText } from '@atelier/lib/random';

/** Couplets of verses: `{a}` and `{b}` are things that the prompt names. Both lines rhyme. */
const VERSE_COUPLETS = [
  ['I saw {a} in the early light', 'And I kept that picture through the night'],
  ['We followed {a} down an open road', 'And every mile was a lighter load'],
  ['There is a story {a} can tell', 'Of quiet hours we knew so well'],
  ['You spoke of {a}, I heard your name', 'And nothing after was the same'],
  ['The window held {a} and the sky', 'And all the years went drifting by'],
  ['I wrote about {a} on a page', 'A little bird outside its cage'],
  ['Somewhere behind {a} there is a door', 'I never saw it there before'],
  ['The morning found {b} on the hill', 'And even time was standing still'],
  ['We counted {b} one by one', 'And chased the shadow of the sun'],
  ['They said {b} would fade away', 'But here we are another day'],
  ['A gentle wind, {b} and the moon', 'I hear the echo of your tune'],
  ['I carried {b} close to my chest', 'A restless heart that found its rest'],
  ['Under {b} we made our bed', 'With all the words we never said'],
  ['The city hums, {b} in the rain', 'I wait to see your face again'],
  ['My hands remember {b} so well', 'The sound of a distant evening bell'],
  ['You drew {b} on the frosted glass', 'And we both watched the hours pass'],
  ['Far from {a} I lost my way', 'I found it at the end of day'],
  ['No map of {b}, no guiding star', 'Just you and me and where we are'],
] as const satisfies readonly (readonly [string, string])[];

/** Four lines each; `{t}` is the title. */
const CHORUSES = [
  ['Oh, {t}, stay a little longer', 'Every beat is getting stronger', 'Hold me where {a} begins', 'Let the whole wide world come in'],
  ['Take me back to {a} tonight', 'Turn the dark into the light', '{t}, we are not alone', '{t}, we are coming home'],
  ['And we sing {t} to the sky', 'Never asking how or why', 'Like {a} we rise above', 'All we need is time and love'],
  ['This is {t}, this is our song', '{a} has been here all along', 'Raise your voice and let it ring', 'Give your heart a thing to sing'],
  ['{t}, I hear you calling', '{t}, I feel you falling', 'Over {a}, over the sea', '{t}, come back to me'],
  ['Let it shine, let {a} be near', 'Let it drown out every fear', '{t} is a burning flame', '{t}, and it knows my name'],
  ['Run with me where {a} is wide', 'There is nothing left to hide', 'Say it once and say it slow', '{t}, never let me go'],
] as const satisfies readonly (readonly [string, string, string, string])[];

const BRIDGES = [
  ['And when the night is at its end', 'I will find {b} round the bend'],
  ['Slow down, breathe in, let it be', 'You and {b} and the memory'],
  ['If I could keep just one more thing', 'It would be {b} in the spring'],
  ['Quiet now, the stars align', 'Your hand, {b}, and mine'],
  ['What if tomorrow never came', 'We would have {b} all the same'],
  ['One last look, one last goodbye', '{b} underneath the sky'],
] as const satisfies readonly (readonly [string, string])[];

/** Subjects for a prompt that names no thing. */
const COMMON_THINGS = [
  'the open sky',
  'the summer wind',
  'the river',
  'the evening star',
  'the long road',
  'the morning sun',
  'the quiet sea',
  'the distant hills',
] as const;

/** Words of a prompt that say nothing of a song: little words, and words about music. */
const PASSED_OVER = new Set(
  (
    'a an the and or but of in on at to for from with without by about into over under as is are was were be been being it its this that these those ' +
    'my your our their his her i you we they he she me us them who what when where why how not no so very really just like some any more most much many ' +
    'please make create write generate compose give want need song songs music musical track tune melody beat beats lyric lyrics verse chorus bridge hook ' +
    'instrumental vocal vocals voice voices singer singing style genre sound sounds sounding piece ballad anthem bpm tempo key major minor version theme ' +
    'pop rock jazz folk lofi lo-fi hip hop hip-hop edm techno house ambient cinematic synth synthwave metal punk blues soul funk country classical ' +
    'acoustic electronic orchestral electric piano guitar drums bass violin strings flute saxophone male female one two three first last ' +
    'feeling feel feels going goes having upbeat catchy emotional uplifting moody smooth epic chill relaxing energetic fast slow loud'
  ).split(' '),
);

/** Words that only describe: good for a title, but nothing to sing about. */
const DESCRIBING = new Set(
  (
    'happy sad calm dreamy soft gentle warm cold dark bright melancholic melancholy nostalgic romantic open empty silent ancient endless broken ' +
    'beautiful lonely peaceful brave hidden distant young high low far short long new old little big small good great quiet wild deep sweet lost modern ' +
    'vintage retro smoky rainy sunny snowy stormy golden red blue green black white'
  ).split(' '),
);

const LONGEST_PROMPT = 2_000;
const LONGEST_TITLE = 40;

/** English lyrics about the things that the prompt names: two verses, a chorus twice, a bridge. Each take has another text. */
export function writeLyrics({ prompt, title, take }: { prompt: string; title: string; take: number }): { title: string; text: string } {
  const family = hashText(`${prompt}\n${title}`);
  const random = createRandom(family);
  const things = thingsIn(prompt.slice(0, LONGEST_PROMPT), random.below(COMMON_THINGS.length));
  const heading = cleanTitle(title) || titleFrom(prompt.slice(0, LONGEST_PROMPT), things[0]);
  const [a, b] = take % 2 === 0 ? things : [things[1], things[0]];
  const fill = (line: string): string => {
    // Title and things are put in by functions: in a replacement text, `$` would mean something.
    const filled = line.replace(/\{(\w)\}/g, (_, name: string) => (name === 't' ? heading : name === 'a' ? a : b));
    return filled.charAt(0).toUpperCase() + filled.slice(1);
  };
  const chorus = CHORUSES[(random.below(CHORUSES.length) + take) % CHORUSES.length] ?? CHORUSES[0];
  const bridge = BRIDGES[(random.below(BRIDGES.length) + take) % BRIDGES.length] ?? BRIDGES[0];
  // Takes walk through the couplets from different places, four of them each, in steps that visit all.
  const start = random.below(VERSE_COUPLETS.length) + take * 4;
  const couplets = [0, 1, 2, 3].map((number) => VERSE_COUPLETS[(start + number * 5) % VERSE_COUPLETS.length] ?? VERSE_COUPLETS[0]);
  const sections: [string, readonly string[]][] = [
    ['Verse 1', couplets.slice(0, 2).flat()],
    ['Chorus', chorus],
    ['Verse 2', couplets.slice(2).flat()],
    ['Chorus', chorus],
    ['Bridge', bridge],
  ];
  return { title: heading, text: sections.map(([name, lines]) => [`[${name}]`, ...lines.map(fill)].join('\n')).join('\n\n') };
}

/** Two different things to sing about, each with an article. */
function thingsIn(prompt: string, otherwise: number): [string, string] {
  const named = [...new Set(wordsOf(prompt).filter((word) => !isDescribing(word)))];
  const common = [0, 1].map((offset) => COMMON_THINGS[(otherwise + offset) % COMMON_THINGS.length] ?? 'the open sky');
  const things = [...named.slice(0, 2).map((word) => `the ${word}`), ...common];
  return [things[0] ?? 'the open sky', things[1] ?? 'the river'];
}

const isDescribing = (word: string): boolean => DESCRIBING.has(word) || /(?:ly|ing|ful|ish|ous)$/.test(word);

/** English words of the prompt that say something, in lower case. Words of other scripts would not fit in an English line. */
const wordsOf = (prompt: string): string[] =>
  prompt
    .replace(/https?:\/\/\S+|\bsim:\S+/gi, ' ')
    .toLowerCase()
    .replace(/['’]s\b/g, '')
    .split(/[^\p{L}-]+/u)
    .filter((word) => /^[a-z][a-z-]{2,19}$/.test(word) && !PASSED_OVER.has(word));

/** The first thing that the prompt names, with the adjective before it: `Dreamy Ocean`. */
function titleFrom(prompt: string, thing: string): string {
  const words = wordsOf(prompt);
  const first = words.findIndex((word) => !isDescribing(word));
  const chosen = first === -1 ? thing.replace(/^the /, '').split(' ') : words.slice(Math.max(0, first - 1), first + 1);
  return chosen.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}

function cleanTitle(title: string): string {
  const line = title
    .toWellFormed()
    .replace(/[\p{Cc}\s[\]]+/gu, ' ')
    .trim();
  return Array.from(line).slice(0, LONGEST_TITLE).join('');
}
