const wordsOf = (list: string): string[] => list.split(' ').map((word) => word.replaceAll('_', ' '));

/** Turns `{ meaning: 'word word two_words' }` into a look-up by word. */
function index<Meaning extends string>(groups: Record<Meaning, string>): ReadonlyMap<string, Meaning> {
  const words = new Map<string, Meaning>();
  for (const [meaning, list] of Object.entries(groups) as [Meaning, string][]) {
    for (const word of wordsOf(list)) words.set(word, meaning);
  }
  return words;
}

/** Which world a word names. People and animals stand where they would be met: a fox in the woods, a whale in the sea. */
const WORLDS = {
  ridges:
    'mountain peak alps himalaya hill valley ridge forest wood woodland jungle tree pine fir canyon desert dune sahara ' +
    'savanna savannah meadow landscape scenery snow winter cabin cottage hut house village castle temple fox wolf deer bear ' +
    'owl eagle bird stag lion tiger elephant horse dragon rabbit squirrel cat dog kitten puppy hiker wanderer knight samurai ' +
    'warrior monk countryside farm field vineyard glacier volcano dawn fog mist sunrise cliff night_sky starry_night aurora ' +
    'northern_lights campfire tent road path camp wizard witch',
  water:
    'sea ocean lake beach island coast shore river bay harbor harbour lagoon sail sailboat boat ship lighthouse wave water ' +
    'sunset tropical palm pond surf horizon fjord venice maldives marina swan pier yacht',
  city:
    'city cityscape skyline street cyberpunk tokyo york metropolis skyscraper downtown urban town building neon hongkong ' +
    'shanghai alley rooftop futuristic blade_runner car taxi robot',
  cosmos:
    'space cosmos galaxy nebula planet astronaut star stars universe saturn moon cosmic comet asteroid supernova milky_way ' +
    'black_hole spaceship spacecraft orbit alien jupiter mars constellation celestial interstellar rocket',
  bloom:
    'flower lotus rose bloom blossom peony dahlia daisy tulip lily garden petal floral bouquet orchid sunflower camellia ' +
    'chrysanthemum magnolia carnation marigold botanical bride ballerina princess fairy butterfly bee hummingbird',
  papercut:
    'papercut paper_cut paper cutout origami layered_paper kirigami collage flat vector minimalist minimalism topographic ' +
    'illustration cut_out diorama',
  silk:
    'silk satin abstract fluid liquid marble smoke ink fabric velvet wave_pattern texture gradient swirl pattern dance dancer ' +
    'woman man girl boy lady model queen king fashion music perfume luxury wallpaper background glass chrome metal metallic',
  reef: 'underwater reef coral seabed fish whale jellyfish shark octopus mermaid turtle dolphin aquarium diver submarine atlantis kelp',
};
export type WorldName = keyof typeof WORLDS;
export const WORLD_WORDS = index(WORLDS);

const MOODS = {
  sunset: 'sunset dusk twilight evening golden_hour sundown romantic africa savanna savannah',
  dawn: 'dawn sunrise morning pastel dreamy misty fog foggy mist soft ethereal serene fairy unicorn kawaii spring',
  day: 'day daylight noon sunny summer clear countryside meadow cloud',
  night: 'night midnight starry moonlit moonlight nocturnal starlight wizard witch owl halloween aurora northern_lights campfire cozy cosy',
  neon: 'neon cyberpunk synthwave vaporwave retrowave outrun cyber futuristic',
  ocean: 'ocean sea underwater reef coral whale aquatic lake water fish turtle dolphin',
  tropical: 'tropical beach lagoon paradise island maldives palm surf',
  forest: 'forest jungle woods woodland rainforest green moss fern bamboo',
  autumn: 'autumn fall october maple harvest fox squirrel',
  snow: 'snow snowy winter ice icy frozen arctic glacier frost antarctica polar',
  desert: 'desert dune dunes sahara canyon sand mars camel',
  flower: 'flower lotus blossom rose peony floral sakura cherry bloom tulip garden bride ballerina princess',
  space: 'space cosmos galaxy nebula cosmic universe astronaut planet interstellar alien',
  gold: 'gold golden luxury honey amber bee sunflower marigold dandelion',
  fire: 'fire flame lava volcano inferno ember dragon phoenix',
  storm: 'storm stormy thunder lightning rain rainy gloomy moody fjord viking',
  grey: 'monochrome noir grayscale greyscale black_and charcoal',
};
export type MoodName = keyof typeof MOODS;
export const MOOD_WORDS = index(MOODS);

const FEATURES = {
  firs: 'forest pine fir spruce woods woodland conifer taiga cabin wolf bear owl mountain christmas cottage camp tent',
  crowns: 'autumn fall jungle rainforest deciduous maple oak harvest orchard fox squirrel',
  dunes: 'desert dune sahara sand camel',
  snow: 'snow snowy winter ice icy glacier alps himalaya arctic frozen christmas',
  snowfall: 'snowfall snowing blizzard snowy christmas',
  cabin: 'cabin cottage hut house cozy cosy lodge chalet farm village',
  rain: 'rain rainy raining storm stormy drizzle',
  palms: 'tropical palm beach lagoon paradise maldives island hawaii',
  boat: 'boat sail sailboat sailing ship yacht harbor harbour marina voyage',
  stars: 'star starry stars starlight midnight milky_way night',
  planet: 'planet saturn jupiter astronaut mars moon alien spaceship',
  galaxy: 'galaxy spiral milky_way black_hole universe andromeda',
  pointed: 'lotus lily waterlily poinsettia magnolia orchid',
  slender: 'daisy sunflower chrysanthemum aster gerbera marigold dandelion',
  hills: 'mountain hill landscape forest valley tree sunset moon village scenery deer snow snowy winter autumn jungle woods castle',
  birds: 'bird birds eagle gull seagull crow raven sunset flock beach',
  cat: 'cat kitten kitty feline',
  fox: 'fox wolf coyote dog puppy husky',
  person: 'wanderer hiker traveler traveller samurai knight man woman girl boy monk warrior person couple lonely wizard witch',
  tree: 'lone_tree oak savanna savannah bonsai cherry sakura lion elephant giraffe',
  aurora: 'aurora northern_lights borealis',
  bright: 'pastel bright white light airy',
  dark: 'dark moody noir black gothic',
};
export type Feature = keyof typeof FEATURES;

export const FEATURE_WORDS: ReadonlyMap<string, Feature[]> = (() => {
  const words = new Map<string, Feature[]>();
  for (const [feature, list] of Object.entries(FEATURES) as [Feature, string][])
    for (const word of wordsOf(list)) words.set(word, [...(words.get(word) ?? []), feature]);
  return words;
})();

/** A colour named in the prompt: its hue in degrees, its strength and its lightness. */
export interface ColourWord {
  hue: number;
  chroma: number;
  lightness: number;
}

/** Colour words with their hue, chroma and lightness in OKLCH. */
const COLOURS =
  'red 27 .19 .58, crimson 18 .19 .5, scarlet 29 .21 .58, ruby 14 .18 .48, burgundy 12 .13 .38, orange 55 .17 .72, ' +
  'copper 48 .11 .6, amber 75 .15 .77, peach 55 .09 .84, salmon 35 .12 .74, yellow 98 .16 .87, gold 84 .13 .77, ' +
  'golden 84 .13 .77, brown 55 .07 .45, beige 85 .04 .85, green 146 .14 .62, emerald 160 .13 .6, olive 115 .09 .55, ' +
  'mint 165 .08 .87, lime 128 .18 .8, teal 195 .09 .6, turquoise 190 .11 .77, cyan 205 .12 .8, aqua 200 .11 .8, ' +
  'blue 255 .15 .55, azure 240 .12 .68, navy 263 .1 .32, indigo 278 .16 .4, sapphire 260 .17 .45, purple 308 .16 .5, ' +
  'violet 298 .17 .52, lavender 300 .08 .78, lilac 310 .09 .8, magenta 338 .22 .62, pink 355 .13 .76, fuchsia 335 .22 .6, ' +
  'white 250 .012 .95, silver 250 .015 .78, black 270 .015 .2, grey 260 .012 .55, gray 260 .012 .55, ginger 58 .15 .66, ' +
  'ivory 90 .03 .94, daisy 95 .015 .96, jade 165 .1 .64, bronze 65 .09 .55, maroon 20 .12 .38, cream 90 .04 .93';

export const COLOUR_WORDS: ReadonlyMap<string, ColourWord> = new Map(
  COLOURS.split(', ').map((entry) => {
    const [word = '', hue, chroma, lightness] = entry.split(' ');
    return [word, { hue: Number(hue), chroma: Number(chroma), lightness: Number(lightness) }];
  }),
);
