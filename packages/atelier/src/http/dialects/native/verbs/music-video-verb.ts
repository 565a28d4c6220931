import { Type, type Static } from 'typebox';
import {
  MAX_AUDIO_BYTES,
  MAX_PICTURE_BYTES,
  VIDEO_SIZES,
  VIDEO_TEMPLATES,
  type MusicVideoInput,
} from '../../../../engine/music-video/input.ts';
import { toVideoInput, upstreamTaskIdOf } from '../../../music/tracks.ts';
import { findTrack, TrackReference } from './music-verbs.ts';
import { COMMON, invalid, requestName, Url, type Verb, type VerbContext } from './verb.ts';

const Line = Type.Object(
  {
    startMs: Type.Integer({ minimum: 0 }),
    endMs: Type.Integer({ minimum: 0 }),
    text: Type.String({ maxLength: 300 }),
  },
  { additionalProperties: false, $id: 'TimedLyric', description: 'A line of the lyrics with its time' },
);

const inMib = (bytes: number): string => `${bytes / 1024 / 1024} MiB`;

const name = (description: string) => Type.Optional(Type.String({ maxLength: 50, description }));

const Request = Type.Object(
  {
    verb: Type.Literal('music-video'),
    track: Type.Optional(TrackReference),
    audio: Type.Optional(Url),
    cover: Type.Optional(Url),
    title: Type.Optional(Type.String({ maxLength: 500, description: 'Default: the title of the track, or the name of the file' })),
    author: name('Shown as the artist'),
    domain: name('Shown at the bottom'),
    template: Type.Optional(Type.Enum([...VIDEO_TEMPLATES], { default: VIDEO_TEMPLATES[0], description: VIDEO_SIZES })),
    lyrics: Type.Optional(Type.Array(Line, { maxItems: 1_000, description: 'Default: the lyrics of the track, where they are known' })),
    engine: Type.Optional(Type.Literal('music-video')),
    ...COMMON,
  },
  {
    additionalProperties: false,
    $id: requestName('music-video'),
    description: `A video of a track of this server, or of the sound file at a URL (at most ${inMib(MAX_AUDIO_BYTES)}; a cover ${inMib(MAX_PICTURE_BYTES)})`,
  },
);

export const MUSIC_VIDEO_VERB: Verb = {
  engine: 'music-video',
  name: 'music-video',
  schema: Request,
  async read(body, context) {
    // The route has checked the body against the schema.
    const wanted = body as Static<typeof Request>;
    const tooEarly = wanted.lyrics?.findIndex(({ startMs, endMs }) => endMs < startMs) ?? -1;
    if (tooEarly !== -1) throw invalid(`/lyrics/${tooEarly}/endMs`, 'must not be before startMs');
    for (const written of [wanted.title, wanted.author, wanted.domain]) if (written !== undefined) context.requireAllowed(written);
    if (wanted.track !== undefined && wanted.audio !== undefined) throw invalid('/audio', 'cannot be combined with /track');
    if (wanted.track !== undefined) return ofTrack({ ...wanted, track: wanted.track }, context);
    if (wanted.audio === undefined) throw invalid('/track', 'or /audio is required');
    return { usesSlot: false, input: ofUrl({ ...wanted, audio: wanted.audio }, context) };
  },
};

type Wanted = Static<typeof Request>;

async function ofTrack(wanted: Wanted & { track: NonNullable<Wanted['track']> }, context: VerbContext) {
  const { parent, track } = await findTrack(wanted.track, context);
  const cover = coverOf(wanted, context);
  const lyrics = wanted.lyrics ?? (await context.timedLines({ upstreamTaskId: upstreamTaskIdOf(parent), audioId: track.id }));
  const { title } = wanted;
  const input = toVideoInput(track, { ...toLook(wanted), lyrics, ...(title === undefined ? {} : { title }), ...(cover ? { cover } : {}) });
  if (!input) throw invalid('/track/index', 'names a track without sound');
  return { usesSlot: false, parent, input };
}

function ofUrl(wanted: Wanted & { audio: string }, context: VerbContext): MusicVideoInput {
  const url = context.checkUrl(wanted.audio, '/audio');
  const { title = nameOf(url), lyrics = [] } = wanted;
  return { audio: { url }, cover: coverOf(wanted, context) ?? null, title, ...toLook(wanted), lyrics };
}

const coverOf = ({ cover }: Wanted, context: VerbContext): { url: string } | undefined =>
  cover === undefined ? undefined : { url: context.checkUrl(cover, '/cover') };

const toLook = ({ author = '', domain = '', template = VIDEO_TEMPLATES[0] }: Wanted) => ({ author, domainName: domain, template });

/** `https://example.com/My%20Song.mp3` is `My Song`. */
function nameOf(url: string): string {
  const file = new URL(url).pathname.split('/').at(-1) ?? '';
  const name = file.replace(/\.[a-z0-9]{2,4}$/i, '');
  try {
    return decodeURIComponent(name).slice(0, 500);
  } catch {
    return name.slice(0, 500);
  }
}
