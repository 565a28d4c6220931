import type { SunoOperation } from '../../../../engine/suno/input.ts';
import type { JsonObject } from '@atelier/lib/json';
import { invalid } from '../errors.ts';
import {
  limitText,
  readChoice,
  readFlag,
  readNumber,
  requireCallBackUrl,
  requireFlag,
  requireLimitedText,
  requireNumber,
  requireText,
} from '../fields.ts';

/** The operations that make tracks. */
export type MusicOperation = Extract<
  SunoOperation,
  'generate' | 'extend' | 'upload-cover' | 'upload-extend' | 'add-vocals' | 'add-instrumental' | 'replace-section' | 'mashup' | 'sounds'
>;

/** Characters that each field takes. Source: kie, generate, `title`, `prompt` and `style`; kie, Suno API, `prompt` of sounds. */
export const MAX_LENGTHS = { title: 80, description: 3_000, lyrics: 5_000, style: 1_000, sound: 500 };
const MAX_LENGTHS_OF_OLD_MODELS = { lyrics: 3_000, style: 200 };

/** Seconds that V5_5 takes. Source: kie, generate, `duration`. */
export const DURATION = { min: 10, max: 360 };

/** Source: kie, generate, `personaModel` and `vocalGender`. */
export const PERSONA_MODELS = ['style_persona', 'voice_persona'] as const;
export const VOCAL_GENDERS = ['m', 'f'] as const;

/** Options of custom mode. Source: kie, generate, `customMode`. */
const CUSTOM_FIELDS = [
  'style',
  'title',
  'negativeTags',
  'vocalGender',
  'styleWeight',
  'weirdnessConstraint',
  'audioWeight',
  'personaId',
  'personaModel',
  'duration',
];

/**
 * Reads the body of each page: the fields that go to the upstream. Fields that this server does not know are kept, since the vendor adds
 * some every few months; fields that the mode does not use are dropped unread. Throws `JobError('invalid-request')`, or `url-refused` from `checkUrl`.
 * Source: kie, Suno API.
 */
export const READ_MUSIC: Record<MusicOperation, (body: JsonObject, checkUrl: (url: string) => string) => JsonObject> = {
  generate(body) {
    requireCallBackUrl(body);
    return readSong(body);
  },
  extend(body) {
    requireCallBackUrl(body);
    const isCustom = requireFlag(body, 'defaultParamFlag');
    requireText(body, 'audioId');
    const model = requireModel(body);
    limitOther(body, 'prompt');
    if (!isCustom) return { ...without(body, [...CUSTOM_FIELDS, 'continueAt']), defaultParamFlag: false, model };
    readCustom(body, model, { needsPrompt: readFlag(body, 'instrumental') !== true });
    requireNumber(body, 'continueAt', { min: 0, max: MAX_SECONDS });
    return { ...body, defaultParamFlag: true, model };
  },
  'upload-cover'(body, checkUrl) {
    requireCallBackUrl(body);
    return { ...readSong(body), ...upload(body, checkUrl) };
  },
  'upload-extend'(body, checkUrl) {
    requireCallBackUrl(body);
    const isCustom = requireFlag(body, 'defaultParamFlag');
    const uploaded = upload(body, checkUrl);
    requireNumber(body, 'continueAt', { min: 0, max: MAX_SECONDS });
    const model = requireModel(body);
    limitOther(body, 'prompt');
    if (!isCustom) return { ...without(body, CUSTOM_FIELDS), ...uploaded, defaultParamFlag: false, model };
    readCustom(body, model, { needsPrompt: false });
    return { ...body, ...uploaded, defaultParamFlag: true, model };
  },
  'add-vocals'(body, checkUrl) {
    requireCallBackUrl(body);
    requireLimitedText(body, 'prompt', MAX_LENGTHS.description);
    requireTitle(body);
    requireText(body, 'negativeTags');
    requireText(body, 'style');
    readCommon(body);
    return { ...body, ...upload(body, checkUrl) };
  },
  'add-instrumental'(body, checkUrl) {
    requireCallBackUrl(body);
    requireTitle(body);
    requireText(body, 'negativeTags');
    requireText(body, 'tags');
    readCommon(body);
    return { ...body, ...upload(body, checkUrl) };
  },
  'replace-section'(body) {
    requireText(body, 'taskId');
    requireText(body, 'audioId');
    requireText(body, 'prompt');
    requireText(body, 'tags');
    requireTitle(body);
    limitOther(body, 'prompt', 'tags', 'negativeTags', 'fullLyrics');
    const from = requireNumber(body, 'infillStartS', { min: 0, max: MAX_SECONDS });
    const to = requireNumber(body, 'infillEndS', { min: 0, max: MAX_SECONDS });
    if (to <= from) throw invalid('infillEndS', 'infillEndS must be greater than infillStartS');
    return { ...body };
  },
  mashup(body, checkUrl) {
    requireCallBackUrl(body);
    const urls = body['uploadUrlList'];
    if (!Array.isArray(urls) || urls.length !== 2) throw invalid('uploadUrlList', 'uploadUrlList must hold two URLs');
    const uploadUrlList = urls.map((url) => checkUrl(typeof url === 'string' ? url.trim() : ''));
    return { ...readSong({ instrumental: false, ...body }, { needsPrompt: false }), uploadUrlList };
  },
  sounds(body) {
    requireLimitedText(body, 'prompt', MAX_LENGTHS.sound);
    return { ...body, model: requireModel(body) };
  },
};

/** An hour: longer than any track. */
const MAX_SECONDS = 3_600;

/** The fields that `generate`, `upload-cover` and `mashup` share. */
function readSong(body: JsonObject, { needsPrompt = true } = {}): JsonObject {
  const customMode = requireFlag(body, 'customMode');
  const instrumental = requireFlag(body, 'instrumental');
  const model = requireModel(body);
  if (!customMode) {
    if (needsPrompt) requireText(body, 'prompt');
    limitText(body, 'prompt', MAX_LENGTHS.description);
    return { ...without(body, CUSTOM_FIELDS), customMode, instrumental, model };
  }
  readCustom(body, model, { needsPrompt: needsPrompt && !instrumental });
  if (model === 'V5_5') readNumber(body, 'duration', DURATION);
  return { ...without(body, model === 'V5_5' ? [] : ['duration']), customMode, instrumental, model };
}

function readCustom(body: JsonObject, model: string, { needsPrompt }: { needsPrompt: boolean }): void {
  const limits = model === 'V3_5' || model === 'V4' ? MAX_LENGTHS_OF_OLD_MODELS : MAX_LENGTHS;
  requireLimitedText(body, 'style', limits.style);
  requireTitle(body);
  if (needsPrompt) requireText(body, 'prompt');
  limitText(body, 'prompt', limits.lyrics);
  readCommon(body);
}

const requireTitle = (body: JsonObject): string => requireLimitedText(body, 'title', MAX_LENGTHS.title);

/** Options of every page in custom mode. */
function readCommon(body: JsonObject): void {
  limitOther(body, 'negativeTags', 'tags', 'style', 'personaId');
  readChoice(body, 'vocalGender', VOCAL_GENDERS);
  readChoice(body, 'personaModel', PERSONA_MODELS);
  for (const field of ['styleWeight', 'weirdnessConstraint', 'audioWeight']) readNumber(body, field, { min: 0, max: 1 });
}

const upload = (body: JsonObject, checkUrl: (url: string) => string): { uploadUrl: string } => ({
  uploadUrl: checkUrl(requireText(body, 'uploadUrl')),
});

const without = (body: JsonObject, fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(body).filter(([name]) => !fields.includes(name)));

/** The vendor's models of today. Source: kie, generate, `model`. */
export const MODELS = ['V4', 'V4_5', 'V4_5PLUS', 'V4_5ALL', 'V5', 'V5_5'];

/** Any model with a name of this form, in the vendor's spelling: the vendor adds a model every few months. */
function requireModel(body: JsonObject): string {
  const model = requireText(body, 'model').toUpperCase();
  if (!/^V\d{1,2}(_\d{1,2})?(PLUS|ALL)?$/.test(model)) {
    throw invalid('model', `model must be one of ${MODELS.join(', ')}`);
  }
  return model;
}

/** Of tags, names and descriptions: the vendor documents no limit for them. */
const MAX_OTHER_LENGTH = 5_000;
export function limitOther(body: JsonObject, ...fields: string[]): void {
  for (const field of fields) limitText(body, field, MAX_OTHER_LENGTH);
}
