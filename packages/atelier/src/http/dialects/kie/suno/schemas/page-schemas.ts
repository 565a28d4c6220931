import { Type, type TObject } from 'typebox';
import type { SunoOperation } from '../../../../../engine/suno/input.ts';
import { Accepted, AnyCode, answers, nullable, text } from '../../schema-parts.ts';
import { BODIES } from './body-schemas.ts';
import type { OtherOperation } from '../other-requests.ts';
import type { SYNC_PATHS } from '../../paths.ts';
import { MusicRecord, RECORDS } from './record-schemas.ts';

/** The Suno pages as the OpenAPI document shows them. */
const TAGS = ['Suno'];
const accepted = answers(Accepted, AnyCode);
const querystring = Type.Object({ taskId: text('Id of the task') });

const SUMMARIES: Record<SunoOperation, string> = {
  generate: 'Make two tracks from a description or from lyrics',
  extend: 'Make a track longer',
  'upload-cover': 'Sing and play a given sound anew, in another style',
  'upload-extend': 'Make a given sound longer',
  'add-vocals': 'Put a voice over a given sound',
  'add-instrumental': 'Put music under a given voice',
  'replace-section': 'Make a part of a track anew',
  mashup: 'Blend two given sounds',
  sounds: 'Make a sound, not a song',
  lyrics: 'Write lyrics',
  wav: 'Give a track as WAV; 409 when that was done before',
  'vocal-removal': 'Take a track apart into voice and instruments',
  midi: 'Read the notes of a separated track',
  cover: 'Paint covers for a music task',
};

const submit = (operation: SunoOperation) => ({
  summary: SUMMARIES[operation],
  tags: TAGS,
  body: BODIES[operation],
  response: accepted,
});

const OPERATIONS = Object.keys(SUMMARIES).filter((name): name is SunoOperation => name in SUMMARIES);
export const SUBMIT_SCHEMAS = Object.fromEntries(OPERATIONS.map((operation) => [operation, submit(operation)])) as Record<
  SunoOperation,
  ReturnType<typeof submit>
>;

const record = (what: string, data: TObject) => ({
  summary: `How ${what} stand; a task that is not yours, or not at all, is a success without data`,
  tags: TAGS,
  querystring,
  response: answers(nullable(data, 'The task, or null'), AnyCode),
});

export const RECORD_SCHEMAS = {
  generate: record('tracks of any kind', MusicRecord),
  lyrics: record('lyrics', RECORDS.lyrics),
  wav: record('WAV conversions', RECORDS.wav),
  'vocal-removal': record('separations', RECORDS['vocal-removal']),
  midi: record('notes', RECORDS.midi),
  cover: record('covers', RECORDS.cover),
} satisfies Record<'generate' | OtherOperation, ReturnType<typeof record>>;

const relayed = answers(Type.Unknown({ description: 'As the upstream answers it' }), AnyCode);
const track = { taskId: text('Id of the music task'), audioId: text('Id of one of its tracks') };
const asUpstream = Type.Object({}, { additionalProperties: true, description: 'As the upstream takes it' });

export const SYNC_SCHEMAS = {
  timestampedLyrics: { summary: 'When each word of a track is sung', tags: TAGS, body: Type.Object(track), response: relayed },
  persona: {
    summary: 'Make a persona of a track; Suno itself is needed',
    tags: TAGS,
    body: Type.Object({ ...track, name: text('Its name'), description: text('What it is like') }),
    response: relayed,
  },
  style: {
    summary: 'Write a style out; Suno itself is needed',
    tags: TAGS,
    body: Type.Object({ content: text('The style in a few words') }),
    response: relayed,
  },
  voiceValidate: { summary: 'Begin a voice of one’s own; Suno itself is needed', tags: TAGS, body: asUpstream, response: relayed },
  voiceGenerate: { summary: 'Make the voice; Suno itself is needed', tags: TAGS, body: asUpstream, response: relayed },
  voiceRegenerate: { summary: 'Make the voice’s check anew; Suno itself is needed', tags: TAGS, body: asUpstream, response: relayed },
  voiceCheck: { summary: 'Whether a voice can be used; Suno itself is needed', tags: TAGS, body: asUpstream, response: relayed },
  voiceValidateInfo: { summary: 'How a voice’s check stands; Suno itself is needed', tags: TAGS, querystring, response: relayed },
  voiceRecord: { summary: 'How a voice stands; Suno itself is needed', tags: TAGS, querystring, response: relayed },
} satisfies Record<keyof typeof SYNC_PATHS, object>;

export const creditSchema = {
  summary: 'Credits that are left at the upstream; a fixed number while Suno is simulated',
  tags: TAGS,
  response: answers(Type.Unknown({ description: 'A bare number' }), AnyCode),
};
