import { Type, type Static, type TObject, type TProperties } from 'typebox';
import type { SunoInput } from '../../../../engine/suno/input.ts';
import type { Job } from '../../../../core/job.ts';
import { tracksOf, upstreamTaskIdOf, type Track } from '../../../music/tracks.ts';
import { COMMON, invalid, requestName, type Verb, type VerbContext, type VerbDraft } from './verb.ts';

export const TrackReference = Type.Object(
  {
    jobId: Type.String({ minLength: 1, maxLength: 200, description: 'A music job, made in any dialect' }),
    index: Type.Optional(Type.Integer({ minimum: 1, default: 1, description: 'The number of the track, from 1' })),
  },
  { $id: 'TrackReference', additionalProperties: false, description: 'A track of this server' },
);

/** The track and its job. Throws `JobError`: job-not-found, or invalid-request for a track that has no sound yet. */
export async function findTrack(
  { jobId, index = 1 }: Static<typeof TrackReference>,
  context: VerbContext,
): Promise<{ parent: Job; track: Track }> {
  const parent = await context.findJob(jobId);
  if (parent.engine !== 'suno' || parent.verb !== 'music') throw invalid('/track/jobId', 'names a job that makes no music');
  const track = tracksOf(parent).find((one) => one.index === index);
  if (!track?.audio) {
    const ready = tracksOf(parent).flatMap((one) => (one.audio ? [one.index] : []));
    throw invalid(
      '/track/index',
      ready.length === 0 ? `names a track of a job that is ${parent.status}` : `must be one of ${ready.join(', ')}`,
    );
  }
  return { parent, track };
}

function verb<Fields extends TProperties>(
  name: string,
  description: string,
  fields: Fields,
  read: (body: Static<TObject<Fields>>, context: VerbContext) => Promise<{ input: SunoInput; parent?: Job }>,
): Verb {
  const schema = Type.Object(
    { verb: Type.Literal(name), ...fields, engine: Type.Optional(Type.Literal('suno')), ...COMMON },
    { additionalProperties: false, $id: requestName(name), description },
  );
  return {
    engine: 'suno',
    name,
    schema,
    async read(body, context): Promise<VerbDraft> {
      // The route has checked the body against the schema that `Fields` is part of.
      return { usesSlot: false, ...(await read(body as Static<TObject<Fields>>, context)) };
    },
  };
}

const text = (maxLength: number, description: string) => Type.String({ minLength: 1, maxLength, pattern: '\\S', description });

/** Source: kie, generate, limits of its models. */
const MUSIC = {
  prompt: text(3_000, 'A description of the music in plain words'),
  lyrics: Type.Optional(text(5_000, 'Sung word by word; marks such as `[Verse]` stand on separate lines')),
  style: Type.Optional(text(1_000, 'Genre and mood')),
  title: Type.Optional(text(80, 'Without lyrics and with a voice Suno may choose another title')),
  instrumental: Type.Optional(Type.Boolean({ default: false, description: 'True: no voice' })),
  model: Type.Optional(
    Type.String({ pattern: '^V\\d{1,2}(_\\d{1,2})?(PLUS|ALL)?$', default: 'V5', description: 'V4, V4_5, V4_5PLUS, V4_5ALL, V5, V5_5' }),
  ),
  durationS: Type.Optional(
    Type.Number({
      minimum: 10,
      maximum: 360,
      description: 'About this long. Only V5_5 heeds it, with lyrics or without a voice',
    }),
  ),
  negativeTags: Type.Optional(text(1_000, 'Styles to avoid')),
  vocalGender: Type.Optional(Type.Enum(['m', 'f'], { description: 'The voice; a hint' })),
};

export const MUSIC_VERBS: readonly Verb[] = [
  verb('music', 'Two tracks, each with a cover', MUSIC, async (body, context) => {
    for (const written of [body.prompt, body.lyrics, body.style, body.title]) if (written !== undefined) context.requireAllowed(written);
    return { input: { operation: 'generate', request: toRequest(body) } };
  }),
  verb('lyrics', 'Lyrics, in several variants', { prompt: text(200, 'The subject of the lyrics') }, async ({ prompt }, context) => {
    context.requireAllowed(prompt);
    return { input: { operation: 'lyrics', request: { prompt } } };
  }),
  verb('wav', 'A track as a WAV file', { track: TrackReference }, async (body, context) => {
    const { parent, track } = await findTrack(body.track, context);
    return { parent, input: { operation: 'wav', request: { taskId: upstreamTaskIdOf(parent), audioId: track.id } } };
  }),
];

/**
 * The request in the vendor's words. The vendor's custom mode reads lyrics, style and title but no description; its other mode reads the description
 * alone. So in custom mode (with lyrics, or without a voice) the description is sent as a part of the style; otherwise the style is a part of the
 * description.
 */
function toRequest({ prompt, lyrics, style, ...body }: Static<TObject<typeof MUSIC>>): SunoInput['request'] {
  const { instrumental = false, model = 'V5', durationS, negativeTags, vocalGender } = body;
  const isOlder = model === 'V4' || model === 'V3_5';
  if (isOlder && lyrics !== undefined && lyrics.length > OLDER_LYRICS)
    throw invalid('/lyrics', `must not be longer than ${OLDER_LYRICS} for ${model}`);
  const described = [style, prompt].filter((words) => words !== undefined).join(', ');
  const customMode = lyrics !== undefined || instrumental;
  const title = body.title ?? (customMode ? titleOf(prompt) : undefined);
  return {
    customMode,
    instrumental,
    model,
    prompt: lyrics ?? (customMode ? prompt : cut(described, 3_000)),
    ...(customMode ? { style: cut(described, isOlder ? 200 : 1_000) } : {}),
    ...(title === undefined ? {} : { title }),
    ...(durationS === undefined ? {} : { duration: durationS }),
    ...(negativeTags === undefined ? {} : { negativeTags }),
    ...(vocalGender === undefined ? {} : { vocalGender }),
  };
}

const OLDER_LYRICS = 3_000;

const cut = (words: string, maxLength: number): string => Array.from(words).slice(0, maxLength).join('');

/** The first words of the description. */
const titleOf = (prompt: string): string => cut(prompt.trim().split(/\s+/).slice(0, 6).join(' '), 80);
