import { Type, type TSchema } from 'typebox';
import { closed, nullable, text } from '../../schema-parts.ts';

/** The answer of each `record-info`, for the OpenAPI document. Source: kie, Suno API; sunoapi, other record-info; sunoapi, mp4/record-info. */
const taskId = text('The id in the query');
const param = Type.String({ contentMediaType: 'application/json', description: 'The request as it was sent, as JSON' });
const link = (description: string) => nullable(Type.String({ format: 'uri' }), description);
const errors = {
  errorCode: nullable(Type.Integer(), 'Why the task failed; null while it runs and for a success'),
  errorMessage: nullable(Type.String(), 'The reason in words'),
};
/** Text at kie.ai, epoch milliseconds at sunoapi.org and in the newer records of both. */
const time = Type.Union([Type.String(), Type.Integer()]);
const times = {
  createTime: Type.Union(time.anyOf, { description: 'When the task was accepted: `2025-01-01 00:00:00` in UTC, or epoch milliseconds' }),
  completeTime: nullable(time, 'When the task ended, in the same form; null while it runs'),
};
const callbackUrl = nullable(Type.String(), '`callBackUrl` of the request; the b is small here');
const trackFields = {
  taskId,
  musicId: text('Id of the track that the task works on'),
  callbackUrl,
  musicIndex: Type.Integer({ minimum: 0, description: 'Position of the track in its task, from 0' }),
  audioId: text('The same id, under the name of sunoapi.org'),
};
export const flagWord = (failed: string) =>
  Type.String({ enum: ['PENDING', 'SUCCESS', 'CREATE_TASK_FAILED', failed], description: 'State of the task; a word, not a number' });
const flagNumber = Type.Integer({ enum: [0, 1, 2, 3], description: '0 pending, 1 success, 2 not created, 3 failed' });
const done = <Schema extends TSchema>(schema: Schema) => nullable(schema, 'The result; null until the task has succeeded');

const SunoTrack = closed({
  id: text('The track’s id, `audioId` of the follow-ups'),
  audioUrl: text('Link to its sound; empty until the file is stored'),
  streamAudioUrl: text('The same link: players can play files of this server while they load'),
  imageUrl: text('Link to its cover; empty until the file is stored'),
  prompt: text('Lyrics, or the description'),
  modelName: text('Suno’s name of the model'),
  title: text('Its title'),
  tags: text('Its style'),
  createTime: text('When the track was made, in UTC'),
  duration: Type.Number({ description: 'Seconds; 0 while unknown' }),
});

export const MusicRecord = closed({
  taskId,
  parentMusicId: text('The track that was extended; empty for other operations'),
  param,
  response: closed({ taskId, sunoData: Type.Array(SunoTrack, { description: 'The tracks known so far' }) }, 'The result so far'),
  status: Type.String({
    enum: ['PENDING', 'TEXT_SUCCESS', 'FIRST_SUCCESS', 'SUCCESS', 'CREATE_TASK_FAILED', 'GENERATE_AUDIO_FAILED', 'SENSITIVE_WORD_ERROR'],
    description: 'State of the task: waiting, lyrics written, one track ready, all tracks ready, or the kind of failure',
  }),
  type: text('Suno’s name of the model'),
  operationType: text('The operation: generate, extend, upload_cover, …'),
  ...errors,
});

const stem = (name: string) => link(`The ${name}; null when the request left it out`);
const Stems = closed({
  vocalUrl: stem('voice'),
  instrumentalUrl: stem('rest'),
  backingVocalsUrl: stem('backing voices'),
  drumsUrl: stem('drums'),
  bassUrl: stem('bass'),
  guitarUrl: stem('guitar'),
  pianoUrl: stem('piano'),
  keyboardUrl: stem('keyboard'),
  percussionUrl: stem('percussion'),
  stringsUrl: stem('strings'),
  synthUrl: stem('synthesizer'),
  fxUrl: stem('effects'),
  brassUrl: stem('brass'),
  woodwindsUrl: stem('woodwinds'),
  originUrl: stem('original'),
  originData: Type.Array(Type.Unknown(), { description: 'The upstream’s own list of stems' }),
});

export const Notes = closed({
  state: text('`complete`'),
  instruments: Type.Array(Type.Unknown(), { description: 'Each with its name and its notes: pitch, start, end, velocity' }),
});

export const Images = Type.Array(Type.String(), { description: 'Links to the pictures' });

export const RECORDS = {
  lyrics: closed({
    taskId,
    param,
    response: done(
      closed({
        taskId,
        data: Type.Array(
          closed({
            text: text('The lyrics'),
            title: text('A title for them'),
            status: text('`complete` or `failed`'),
            errorMessage: text('Why the variant failed; empty for a good one'),
          }),
          { description: 'The variants' },
        ),
      }),
    ),
    status: Type.String({
      enum: ['PENDING', 'SUCCESS', 'CREATE_TASK_FAILED', 'GENERATE_LYRICS_FAILED', 'SENSITIVE_WORD_ERROR'],
      description: 'State of the task',
    }),
    type: Type.Literal('LYRICS', { description: 'Always `LYRICS`' }),
    ...errors,
  }),
  wav: closed({
    ...trackFields,
    response: done(closed({ audioWavUrl: link('Link to the WAV file') })),
    successFlag: flagWord('GENERATE_WAV_FAILED'),
    ...times,
    ...errors,
  }),
  'vocal-removal': closed({
    ...trackFields,
    response: done(Stems),
    successFlag: flagWord('GENERATE_AUDIO_FAILED'),
    ...times,
    ...errors,
  }),
  midi: closed({
    taskId,
    recordTaskId: nullable(Type.String(), 'The separation task of the notes'),
    audioId: text('The requested stem; empty for all stems'),
    callbackUrl,
    midiData: done(Notes),
    successFlag: flagNumber,
    ...times,
    ...errors,
  }),
  cover: closed({
    taskId,
    parentTaskId: nullable(Type.String(), 'The music task'),
    callbackUrl,
    response: done(closed({ images: Images })),
    successFlag: flagNumber,
    ...times,
    ...errors,
  }),
};

export const Mp4Record = closed({
  ...trackFields,
  response: done(closed({ videoUrl: link('Link to the video, good for 14 days') })),
  successFlag: flagWord('GENERATE_MP4_FAILED'),
  ...times,
  ...errors,
});
