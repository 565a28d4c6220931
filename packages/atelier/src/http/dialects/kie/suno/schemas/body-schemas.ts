import { Type, type TObject } from 'typebox';
import type { SunoOperation } from '../../../../../engine/suno/input.ts';
import { text } from '../../schema-parts.ts';
import { DURATION, MAX_LENGTHS, MODELS, PERSONA_MODELS, VOCAL_GENDERS } from '../music-requests.ts';
import { MAX_LYRICS_PROMPT_LENGTH, SEPARATION_TYPES } from '../other-requests.ts';

/**
 * The body of each page, for the OpenAPI document. These schemas validate nothing: `music-requests.ts` and `other-requests.ts` read the bodies,
 * accept more than the manual, and refuse in the vendor's words. Source: kie, Suno API.
 */
const url = (description: string) => Type.String({ format: 'uri', description });
const optionalText = (description: string, maxLength?: number) =>
  Type.Optional(Type.String({ description, ...(maxLength === undefined ? {} : { maxLength }) }));
const share = (description: string) => Type.Optional(Type.Number({ minimum: 0, maximum: 1, description }));

const called = { callBackUrl: url('URL that gets a POST at every stage of the task; required even for programs that poll') };
const calledIfWanted = { callBackUrl: Type.Optional(url('URL that gets a POST at every stage of the task')) };

const model = { model: Type.String({ examples: [...MODELS], description: 'Suno’s model' }) };
const sourceTrack = { taskId: text('Id of the music task'), audioId: text('Id of one of its tracks') };
const uploadUrl = { uploadUrl: url('The sound file to work on') };

const flavour = {
  negativeTags: optionalText('Styles to avoid'),
  vocalGender: Type.Optional(Type.String({ enum: [...VOCAL_GENDERS], description: 'Male or female voice; a hint' })),
  styleWeight: share('How closely the music follows the style'),
  weirdnessConstraint: share('How unusual the music may be'),
  audioWeight: share('How much the given sound counts'),
  personaId: optionalText('The persona that sings'),
  personaModel: Type.Optional(Type.String({ enum: [...PERSONA_MODELS], description: 'The part of the persona that is used' })),
};

const song = {
  prompt: optionalText(
    'Description of the music or, in custom mode, its lyrics word by word; required unless custom and instrumental',
    MAX_LENGTHS.lyrics,
  ),
  customMode: Type.Boolean({ description: 'True: style, title and lyrics are given; false: the prompt alone counts' }),
  instrumental: Type.Boolean({ description: 'True: no voice' }),
  ...model,
  style: optionalText('Genre and mood; required in custom mode', MAX_LENGTHS.style),
  title: optionalText('Title of the result; required in custom mode', MAX_LENGTHS.title),
  ...flavour,
  duration: Type.Optional(
    Type.Number({ minimum: DURATION.min, maximum: DURATION.max, description: 'Seconds; only in custom mode with V5_5' }),
  ),
};

const continuation = {
  defaultParamFlag: Type.Boolean({ description: 'True: the fields below count; false: the settings of the original count' }),
  ...model,
  prompt: optionalText('How the lyrics go on'),
  style: optionalText('Genre and mood', MAX_LENGTHS.style),
  title: optionalText('Title of the result', MAX_LENGTHS.title),
  ...flavour,
};

const title = { title: Type.String({ maxLength: MAX_LENGTHS.title, description: 'Title of the result' }) };

export const BODIES: Record<SunoOperation, TObject> = {
  generate: Type.Object({ ...song, ...called }),
  extend: Type.Object({
    audioId: text('Id of the track to extend'),
    continueAt: Type.Optional(Type.Number({ description: 'Second at which the extension begins' })),
    ...continuation,
    ...called,
  }),
  'upload-cover': Type.Object({ ...uploadUrl, ...song, ...called }),
  'upload-extend': Type.Object({
    ...uploadUrl,
    continueAt: Type.Number({ description: 'Second at which the extension begins' }),
    ...continuation,
    ...called,
  }),
  'add-vocals': Type.Object({
    ...uploadUrl,
    prompt: text('Lyrics, or their subject'),
    ...title,
    style: text('Genre and mood'),
    ...flavour,
    negativeTags: text('Styles to avoid'),
    ...called,
  }),
  'add-instrumental': Type.Object({
    ...uploadUrl,
    ...title,
    tags: text('Genre and mood'),
    ...flavour,
    negativeTags: text('Styles to avoid'),
    ...called,
  }),
  'replace-section': Type.Object({
    ...sourceTrack,
    prompt: text('Lyrics of the new section'),
    tags: text('Genre and mood'),
    ...title,
    infillStartS: Type.Number({ minimum: 0, description: 'Second at which the section begins' }),
    infillEndS: Type.Number({ minimum: 0, description: 'Second at which the section ends' }),
    fullLyrics: optionalText('All lyrics of the changed track'),
    ...calledIfWanted,
  }),
  mashup: Type.Object({
    uploadUrlList: Type.Array(url('One sound'), { minItems: 2, maxItems: 2, description: 'The two sounds to blend' }),
    ...song,
    instrumental: Type.Optional(song.instrumental),
    ...called,
  }),
  sounds: Type.Object({
    prompt: Type.String({ maxLength: MAX_LENGTHS.sound, description: 'Description of the sound' }),
    ...model,
    ...calledIfWanted,
  }),
  lyrics: Type.Object({ prompt: Type.String({ maxLength: MAX_LYRICS_PROMPT_LENGTH, description: 'Subject of the lyrics' }), ...called }),
  wav: Type.Object({ ...sourceTrack, ...called }),
  'vocal-removal': Type.Object({
    type: Type.Optional(
      Type.String({
        enum: [...SEPARATION_TYPES],
        default: SEPARATION_TYPES[0],
        description: 'Voice and rest, or every instrument, or one',
      }),
    ),
    stemName: optionalText('The instrument; required for split_stem_advanced'),
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
