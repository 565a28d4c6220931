import type { JsonObject, JsonValue } from '@atelier/lib/json';
import { SunoRefusal } from '../wire.ts';

/** Longest texts in characters. Source: kie, generate. */
const MODELS = {
  V3_5: { prompt: 3_000, style: 200 },
  V4: { prompt: 3_000, style: 200 },
  V4_5: { prompt: 5_000, style: 1_000 },
  V4_5PLUS: { prompt: 5_000, style: 1_000 },
  V4_5ALL: { prompt: 5_000, style: 1_000 },
  V5: { prompt: 5_000, style: 1_000 },
  V5_5: { prompt: 5_000, style: 1_000 },
} as const;

type Model = keyof typeof MODELS;

const LONGEST_DESCRIPTION = 3_000;
const LONGEST_TITLE = 80;
/** Source: kie, generate, `duration`, there for the newest model and here for every one. */
const DURATION_S = { least: 10, most: 360 } as const;

export interface MusicRequestFields {
  callBackUrl: string;
  customMode: boolean;
  instrumental: boolean;
  model: Model;
  /** In custom mode the lyrics, else the theme of the song. */
  prompt: string;
  style: string;
  title: string;
  voice: 'm' | 'f' | undefined;
  durationS: number | undefined;
}

/** Reads a request for music; refuses with 422 and the first thing that is wrong. */
export function readGenerateRequest(body: JsonObject): MusicRequestFields {
  const callBackUrl = readCallBackUrl(body);
  const { customMode, instrumental, vocalGender, duration } = body;
  if (typeof customMode !== 'boolean') throw new SunoRefusal(422, 'Please enter customMode.');
  if (typeof instrumental !== 'boolean') throw new SunoRefusal(422, 'Please enter instrumental.');
  const model = Object.keys(MODELS).find((name): name is Model => name === body['model']);
  if (model === undefined) throw new SunoRefusal(422, `model must be one of ${Object.keys(MODELS).join(', ')}.`);
  const limits = MODELS[model];
  const prompt = readText(body, 'prompt', {
    longest: customMode ? limits.prompt : LONGEST_DESCRIPTION,
    isNeeded: !customMode || !instrumental,
  });
  const style = readText(body, 'style', { longest: limits.style, isNeeded: customMode });
  const title = readText(body, 'title', { longest: LONGEST_TITLE, isNeeded: customMode });
  if (vocalGender !== undefined && vocalGender !== null && vocalGender !== '' && vocalGender !== 'm' && vocalGender !== 'f')
    throw new SunoRefusal(422, 'vocalGender must be m or f.');
  for (const name of ['styleWeight', 'weirdnessConstraint', 'audioWeight'])
    if (!isBetween(body[name], 0, 1)) throw new SunoRefusal(422, `${name} must be between 0 and 1.`);
  if (!isBetween(duration, DURATION_S.least, DURATION_S.most))
    throw new SunoRefusal(422, `duration must be between ${DURATION_S.least} and ${DURATION_S.most} seconds.`);
  return {
    callBackUrl,
    customMode,
    instrumental,
    model,
    prompt,
    // Without custom mode only the prompt counts.
    style: customMode ? style : '',
    title: customMode ? title : '',
    voice: vocalGender === 'm' || vocalGender === 'f' ? vocalGender : undefined,
    durationS: typeof duration === 'number' ? duration : undefined,
  };
}

/** Every request that starts a task needs one. */
export function readCallBackUrl(body: JsonObject): string {
  const url = body['callBackUrl'];
  if (typeof url !== 'string' || url.trim() === '') throw new SunoRefusal(422, 'Please enter callBackUrl.');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new SunoRefusal(422, 'callBackUrl must be an http or https URL.');
  return url;
}

export function readText(body: JsonObject, name: string, { longest, isNeeded }: { longest: number; isNeeded: boolean }): string {
  const value = body[name] ?? '';
  if (typeof value !== 'string') throw new SunoRefusal(422, `${name} must be a string.`);
  if (isNeeded && value.trim() === '') throw new SunoRefusal(422, `Please enter ${name}.`);
  if (value.length > longest) throw new SunoRefusal(422, `${name} cannot exceed ${longest} characters.`);
  return value;
}

const isBetween = (value: JsonValue | undefined, least: number, most: number): boolean =>
  value === undefined || value === null || (typeof value === 'number' && value >= least && value <= most);
