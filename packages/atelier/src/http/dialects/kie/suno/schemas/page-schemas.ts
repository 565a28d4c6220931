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
  'upload-cover': 'Make a given sound again, in another style',
  'upload-extend': 'Make a given sound longer',
  'add-vocals': 'Add a voice to a given sound',
  'add-instrumental': 'Add music to a given voice',
  'replace-section': 'Replace a section of a track',
  mashup: 'Blend two given sounds',
  sounds: 'Make a sound, not a song',
  lyrics: 'Write lyrics',
  wav: 'Convert a track to WAV; 409 when it exists already',
  'vocal-removal': 'Separate a track into voice and instruments',
  midi: 'Read the notes of a separated track',
  cover: 'Make covers for a music task',
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

const record = (product: string, data: TObject) => ({
  summary: `State of ${product}; for an unknown task, or another key’s, the answer is a success without data`,
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

const relayed = answers(Type.Unknown({ description: 'The upstream’s answer, unchanged' }), AnyCode);
const track = { taskId: text('Id of the music task'), audioId: text('Id of one of its tracks') };
const asUpstream = Type.Object({}, { additionalProperties: true, description: 'The upstream’s own fields' });

export const SYNC_SCHEMAS = {
  timestampedLyrics: { summary: 'The time of each word of a track', tags: TAGS, body: Type.Object(track), response: relayed },
  persona: {
    summary: 'Make a persona from a track; requires Suno itself',
    tags: TAGS,
    body: Type.Object({ ...track, name: text('Name of the persona'), description: text('Description of the persona') }),
    response: relayed,
  },
  style: {
    summary: 'Describe a style in full; requires Suno itself',
    tags: TAGS,
    body: Type.Object({ content: text('The style in a few words') }),
    response: relayed,
  },
  voiceValidate: { summary: 'Begin a custom voice; requires Suno itself', tags: TAGS, body: asUpstream, response: relayed },
  voiceGenerate: { summary: 'Make the voice; requires Suno itself', tags: TAGS, body: asUpstream, response: relayed },
  voiceRegenerate: { summary: 'Repeat the check of the voice; requires Suno itself', tags: TAGS, body: asUpstream, response: relayed },
  voiceCheck: { summary: 'Whether a voice can be used; requires Suno itself', tags: TAGS, body: asUpstream, response: relayed },
  voiceValidateInfo: { summary: 'State of a voice’s check; requires Suno itself', tags: TAGS, querystring, response: relayed },
  voiceRecord: { summary: 'State of a voice; requires Suno itself', tags: TAGS, querystring, response: relayed },
} satisfies Record<keyof typeof SYNC_PATHS, object>;

export const creditSchema = {
  summary: 'Credits that are left at the upstream; a fixed number while Suno is simulated',
  tags: TAGS,
  response: answers(Type.Unknown({ description: 'A bare number' }), AnyCode),
};
