/** Words of a prompt or a style field that speak for a style. Several words are one entry with `_` between them. */
export const STYLE_WORDS = {
  lofi: 'lofi lo_fi lo-fi chillhop study studying chill chilled relaxed relaxing rainy coffee cafe café cosy cozy mellow vinyl tape lazy beats_to',
  ambient:
    'ambient meditation meditative drone atmospheric atmosphere spa sleep sleeping soundscape ethereal space zen yoga floating healing calm ' +
    'calming nebula deep_space new_age',
  edm: 'edm harness techno trance dance club rave dubstep electronic electro festival drop dj bass_drop big_room electronica disco party',
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

export const DARK_WORDS =
  'sad dark melancholy melancholic minor lonely rain rainy night grief lost goodbye gloomy tears cry crying broken heartbreak moody haunting ' +
  'tragic winter shadow ghost fear angry war storm tense mysterious sorrow blue midnight cold';

export const BRIGHT_WORDS =
  'happy bright joy joyful major sunny sunshine summer smile uplifting cheerful hopeful hope morning spring fun love birthday playful ' +
  'celebration warm golden light party triumph triumphant feel-good';

export const SLOW_WORDS = 'slow calm gentle soft sleepy ballad peaceful quiet relaxed lullaby down-tempo downtempo tender';
export const FAST_WORDS = 'fast energetic driving upbeat intense frantic running race quick uptempo up-tempo powerful workout';

export const LOW_VOICE_WORDS = 'male man men baritone bass-voice boy tenor crooner gruff';
export const HIGH_VOICE_WORDS = 'female woman women girl soprano alto diva lady';
