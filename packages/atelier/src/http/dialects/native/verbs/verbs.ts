import { Type } from 'typebox';
import { MIDJOURNEY_VERBS } from './midjourney-verbs.ts';
import { MUSIC_VERBS } from './music-verbs.ts';
import { MUSIC_VIDEO_VERB } from './music-video-verb.ts';
import { requestName, type Verb } from './verb.ts';

/** Every verb of every engine; an engine adds its own here. Names are unique over all of them. */
export const VERBS: readonly Verb[] = [...MIDJOURNEY_VERBS, ...MUSIC_VERBS, MUSIC_VIDEO_VERB];

/** The body of `POST /jobs`. */
export const JobRequest = Type.Union(
  VERBS.map(({ schema }) => schema),
  {
    discriminator: {
      propertyName: 'verb',
      mapping: Object.fromEntries(VERBS.map(({ name }) => [name, `#/components/schemas/${requestName(name)}`])),
    },
  },
);
