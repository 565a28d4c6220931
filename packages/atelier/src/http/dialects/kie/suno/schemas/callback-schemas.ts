import { Type, type TProperties } from 'typebox';
import { closed, nullable, text } from '../../schema-parts.ts';
import { Images, Notes } from './record-schemas.ts';

/** The bodies sent to `callBackUrl`. Source: kie, Suno callbacks; kie, other Suno callbacks; sunoapi, Suno callbacks; sunoapi, callback codes. */
const code = Type.Integer({
  enum: [200, 400, 408, 413, 451, 500, 501, 531],
  description: '200 success; any other code: the reason of the failure',
});
const msg = text('The outcome in words');
const taskId = text('The id from the answer to the request');
const optionalLink = (description: string) => Type.Optional(Type.String({ description }));

const MusicItem = closed({
  id: text('The track’s id, `audioId` of the follow-ups'),
  audio_url: Type.String({ format: 'uri', description: 'Link to its sound' }),
  source_audio_url: optionalLink('The same link; only at sunoapi.org'),
  stream_audio_url: Type.String({ format: 'uri', description: 'The same link' }),
  source_stream_audio_url: optionalLink('The same link; only at sunoapi.org'),
  image_url: text('Link to its cover; empty without a cover'),
  source_image_url: optionalLink('The same link; only at sunoapi.org'),
  prompt: text('Lyrics, or the description'),
  model_name: text('Suno’s name of the model'),
  title: text('Its title'),
  tags: text('Its style'),
  createTime: text('When the track was made, in UTC; the only name in camel case'),
  duration: Type.Number({ description: 'Seconds' }),
});

export const MusicCallback = closed({
  code,
  msg,
  data: closed(
    {
      callbackType: Type.String({
        enum: ['text', 'first', 'complete', 'error'],
        description:
          'The stage: lyrics written, one track ready, all tracks ready, failed. The last two end the task; the first two can be left out',
      }),
      task_id: taskId,
      data: nullable(Type.Array(MusicItem), 'The tracks that are ready; empty at `text`, null or empty at `error`'),
    },
    'The task',
  ),
});

const ended = (data: TProperties) => closed({ code, msg, data: closed(data, 'The task') });

const stem = (name: string) => nullable(Type.String(), `The ${name}; null when the request left it out`);
const Stems = nullable(
  closed({
    vocal_url: stem('voice'),
    instrumental_url: stem('rest'),
    backing_vocals_url: stem('backing voices'),
    drums_url: stem('drums'),
    bass_url: stem('bass'),
    guitar_url: stem('guitar'),
    piano_url: stem('piano'),
    keyboard_url: stem('keyboard'),
    percussion_url: stem('percussion'),
    strings_url: stem('strings'),
    synth_url: stem('synthesizer'),
    fx_url: stem('effects'),
    brass_url: stem('brass'),
    woodwinds_url: stem('woodwinds'),
    origin_url: stem('original'),
  }),
  'Links to the stems; null after a failure',
);

const lyrics = (errorField: string) =>
  nullable(
    Type.Array(
      closed({
        text: text('The lyrics'),
        title: text('A title for them'),
        status: text('`complete` or `failed`'),
        [errorField]: text('Why the variant failed; empty for a good one'),
      }),
    ),
    'The variants; null after a failure',
  );
const callbackType = Type.String({ enum: ['complete', 'error'], description: 'The outcome: there is one callback a task' });

/** For each operation that makes no tracks; for lyrics the shape of each vendor. */
export const CALLBACKS = {
  lyrics: Type.Union([
    ended({ callbackType, task_id: taskId, data: lyrics('error_message') }),
    ended({ callbackType, taskId, data: lyrics('errorMessage') }),
  ]),
  wav: ended({ audioWavUrl: nullable(Type.String({ format: 'uri' }), 'Link to the WAV file; null after a failure'), task_id: taskId }),
  'vocal-removal': ended({ task_id: taskId, vocal_removal_info: Stems, vocal_separation_info: Stems }),
  midi: ended({
    task_id: taskId,
    midiData: nullable(Notes, 'The notes; null after a failure'),
    state: Type.Optional(Notes.properties.state),
    instruments: Type.Optional(Notes.properties.instruments),
  }),
  cover: ended({ taskId, task_id: taskId, images: nullable(Images, 'Links to the pictures; null after a failure') }),
};

/** Source: kie, mp4 callbacks. */
export const Mp4Callback = closed({
  code: Type.Integer({ enum: [200, 400, 500], description: '200 success, 500 failure (400 at sunoapi.org)' }),
  msg,
  data: closed(
    {
      task_id: taskId,
      video_url: nullable(Type.String({ format: 'uri' }), 'Link to the video, good for 14 days; null after a failure'),
    },
    'The task',
  ),
});
