/** Turns `{ meaning: 'word word two_words' }` into a look-up by word. */
function index<Meaning extends string>(groups: Record<Meaning, string>): ReadonlyMap<string, Meaning> {
  const words = new Map<string, Meaning>();
  for (const [meaning, list] of Object.entries(groups) as [Meaning, string][]) {
    for (const word of list.split(' ')) words.set(word.replaceAll('_', ' '), meaning);
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
  for (const [feature, list] of Object.entries(FEATURES) as [Feature, string][]) {
    for (const entry of list.split(' ')) {
      const word = entry.replaceAll('_', ' ');
      words.set(word, [...(words.get(word) ?? []), feature]);
    }
  }
  return words;
})();

/** A colour named in the prompt: its hue in degrees, its strength and its lightness. */
export interface ColourWord {
  hue: number;
  chroma: number;
  lightness: number;
}

/** Colour words as [hue, chroma, lightness] in OKLCH. */
const COLOURS: Record<string, readonly [number, number, number]> = {
  red: [27, 0.19, 0.58],
  crimson: [18, 0.19, 0.5],
  scarlet: [29, 0.21, 0.58],
  ruby: [14, 0.18, 0.48],
  burgundy: [12, 0.13, 0.38],
  orange: [55, 0.17, 0.72],
  copper: [48, 0.11, 0.6],
  amber: [75, 0.15, 0.77],
  peach: [55, 0.09, 0.84],
  salmon: [35, 0.12, 0.74],
  yellow: [98, 0.16, 0.87],
  gold: [84, 0.13, 0.77],
  golden: [84, 0.13, 0.77],
  brown: [55, 0.07, 0.45],
  beige: [85, 0.04, 0.85],
  green: [146, 0.14, 0.62],
  emerald: [160, 0.13, 0.6],
  olive: [115, 0.09, 0.55],
  mint: [165, 0.08, 0.87],
  lime: [128, 0.18, 0.8],
  teal: [195, 0.09, 0.6],
  turquoise: [190, 0.11, 0.77],
  cyan: [205, 0.12, 0.8],
  aqua: [200, 0.11, 0.8],
  blue: [255, 0.15, 0.55],
  azure: [240, 0.12, 0.68],
  navy: [263, 0.1, 0.32],
  indigo: [278, 0.16, 0.4],
  sapphire: [260, 0.17, 0.45],
  purple: [308, 0.16, 0.5],
  violet: [298, 0.17, 0.52],
  lavender: [300, 0.08, 0.78],
  lilac: [310, 0.09, 0.8],
  magenta: [338, 0.22, 0.62],
  pink: [355, 0.13, 0.76],
  fuchsia: [335, 0.22, 0.6],
  white: [250, 0.012, 0.95],
  silver: [250, 0.015, 0.78],
  black: [270, 0.015, 0.2],
  grey: [260, 0.012, 0.55],
  gray: [260, 0.012, 0.55],
  ginger: [58, 0.15, 0.66],
  ivory: [90, 0.03, 0.94],
  daisy: [95, 0.015, 0.96],
  jade: [165, 0.1, 0.64],
  bronze: [65, 0.09, 0.55],
  maroon: [20, 0.12, 0.38],
  cream: [90, 0.04, 0.93],
};

export const COLOUR_WORDS: ReadonlyMap<string, ColourWord> = new Map(
  Object.entries(COLOURS).map(([word, [hue, chroma, lightness]]) => [word, { hue, chroma, lightness }]),
);
