import { Type, type TObject } from 'typebox';
import type { SunoOperation } from '../../../../../engine/suno/input.ts';
import { text } from '../../schema-parts.ts';

/**
 * What each page takes, for the OpenAPI document. These describe and decide nothing: what is taken, and in which words the rest is refused, is the
 * readers' business (`music-requests.ts`, `other-requests.ts`), which are more lenient than the manual. Source: kie, Suno pages.
 */
const url = (description: string) => Type.String({ format: 'uri', description });
const optionalText = (description: string, maxLength?: number) =>
  Type.Optional(Type.String({ description, ...(maxLength === undefined ? {} : { maxLength }) }));
const share = (description: string) => Type.Optional(Type.Number({ minimum: 0, maximum: 1, description }));

const called = { callBackUrl: url('Told of every stage of the task; needed even by programs that poll') };
const calledIfWanted = { callBackUrl: Type.Optional(url('Told of every stage of the task')) };

const model = { model: Type.String({ examples: ['V4', 'V4_5', 'V4_5PLUS', 'V4_5ALL', 'V5', 'V5_5'], description: 'Suno’s model' }) };
const sourceTrack = { taskId: text('Id of the music task'), audioId: text('Id of one of its tracks') };
const uploadUrl = { uploadUrl: url('The sound to work from') };

const flavour = {
  negativeTags: optionalText('What the music should not be'),
  vocalGender: Type.Optional(Type.String({ enum: ['m', 'f'], description: 'Whose voice; a hint' })),
  styleWeight: share('How closely the style is kept to'),
  weirdnessConstraint: share('How far it may stray'),
  audioWeight: share('How much a given sound counts'),
  personaId: optionalText('A persona to sing'),
  personaModel: Type.Optional(Type.String({ enum: ['style_persona', 'voice_persona'], description: 'What the persona gives' })),
};

const song = {
  prompt: optionalText('What the music is to be or, in custom mode, its lyrics word by word; needed unless custom and instrumental', 5_000),
  customMode: Type.Boolean({ description: 'True: style, title and lyrics are given; false: the prompt alone counts' }),
  instrumental: Type.Boolean({ description: 'True: no voice' }),
  ...model,
  style: optionalText('Genre and mood; needed in custom mode', 1_000),
  title: optionalText('Needed in custom mode', 80),
  ...flavour,
  duration: Type.Optional(Type.Number({ minimum: 10, maximum: 360, description: 'Seconds; custom mode with V5_5 alone' })),
};

const continuation = {
  defaultParamFlag: Type.Boolean({ description: 'True: the fields below count; false: as the original was made' }),
  ...model,
  prompt: optionalText('How the lyrics go on'),
  style: optionalText('Genre and mood', 1_000),
  title: optionalText('Title of the result', 80),
  ...flavour,
};

const title = { title: Type.String({ maxLength: 80, description: 'Title of the result' }) };

export const BODIES: Record<SunoOperation, TObject> = {
  generate: Type.Object({ ...song, ...called }),
  extend: Type.Object({
    audioId: text('Id of the track to go on with'),
    continueAt: Type.Optional(Type.Number({ description: 'Second from which it goes on' })),
    ...continuation,
    ...called,
  }),
  'upload-cover': Type.Object({ ...uploadUrl, ...song, ...called }),
  'upload-extend': Type.Object({
    ...uploadUrl,
    continueAt: Type.Number({ description: 'Second from which it goes on' }),
    ...continuation,
    ...called,
  }),
  'add-vocals': Type.Object({
    ...uploadUrl,
    prompt: text('Lyrics, or what they are about'),
    ...title,
    style: text('Genre and mood'),
    ...flavour,
    negativeTags: text('What the music should not be'),
    ...called,
  }),
  'add-instrumental': Type.Object({
    ...uploadUrl,
    ...title,
    tags: text('Genre and mood'),
    ...flavour,
    negativeTags: text('What the music should not be'),
    ...called,
  }),
  'replace-section': Type.Object({
    ...sourceTrack,
    prompt: text('Lyrics of the new section'),
    tags: text('Genre and mood'),
    ...title,
    infillStartS: Type.Number({ minimum: 0, description: 'Second at which the section begins' }),
    infillEndS: Type.Number({ minimum: 0, description: 'Second at which it ends' }),
    fullLyrics: optionalText('All lyrics as they shall be then'),
    ...calledIfWanted,
  }),
  mashup: Type.Object({
    uploadUrlList: Type.Array(url('One sound'), { minItems: 2, maxItems: 2, description: 'The two sounds to blend' }),
    ...song,
    instrumental: Type.Optional(song.instrumental),
    ...called,
  }),
  sounds: Type.Object({
    prompt: Type.String({ maxLength: 500, description: 'What is to be heard' }),
    ...model,
    ...calledIfWanted,
  }),
  lyrics: Type.Object({ prompt: Type.String({ maxLength: 200, description: 'What the lyrics are to be about' }), ...called }),
  wav: Type.Object({ ...sourceTrack, ...called }),
  'vocal-removal': Type.Object({
    type: Type.Optional(
      Type.String({
        enum: ['separate_vocal', 'split_stem', 'split_stem_advanced'],
        default: 'separate_vocal',
        description: 'Voice and rest, or every instrument, or one',
      }),
    ),
    stemName: optionalText('The instrument; needed for split_stem_advanced'),
    taskId: optionalText('Id of the music task, with `audioId`'),
    audioId: optionalText('Id of one of its tracks'),
    audioUrl: Type.Optional(url('Any sound, in place of a track')),
    ...called,
  }),
  midi: Type.Object({
    taskId: text('Id of a finished separation'),
    audioId: optionalText('One of its stems; all of them when left out'),
    ...called,
  }),
  cover: Type.Object({ taskId: text('Id of a finished music task'), ...called }),
};
