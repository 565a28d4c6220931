import { MAX_DISCORD_PROMPT_LENGTH } from '../../../../engine/midjourney/input.ts';
import { invalid } from '../errors.ts';
import type { MidjourneyRequest, ImageRequest, VideoRequest } from './generate.ts';

/** The Midjourney parameter of a field: its text, and every name by which the prompt itself may give it. */
interface FieldParameter {
  names: readonly string[];
  text: string;
}

/**
 * The request as one `/imagine` prompt: picture URLs, the caller's words, parameters. A parameter that the caller
 * wrote into the prompt wins over the field. Throws `JobError('invalid-request')` when it is longer than Discord takes.
 */
export function toMidjourneyPrompt(request: MidjourneyRequest): string {
  const isVideo = 'imageUrl' in request;
  const pictures = isVideo ? [request.imageUrl] : request.taskType === 'mj_img2img' ? request.fileUrls : [];
  const written = namesIn(request.prompt);
  const parameters = isVideo ? videoParameters(request) : imageParameters(request);
  const missing = parameters.filter(({ names }) => !names.some((name) => written.has(name)));
  const prompt = [...pictures, request.prompt, ...missing.map(({ text }) => text)].join(' ');
  if (prompt.length > MAX_DISCORD_PROMPT_LENGTH)
    throw invalid('fileUrls', `prompt and fileUrls together must not be longer than ${MAX_DISCORD_PROMPT_LENGTH} characters`);
  return prompt;
}

function imageParameters(request: ImageRequest): FieldParameter[] {
  const urls = request.fileUrls.join(' ');
  return [
    ...(request.taskType === 'mj_style_reference' ? [{ names: ['sref'], text: `--sref ${urls}` }] : []),
    ...(request.taskType === 'mj_omni_reference' ? [{ names: ['oref'], text: `--oref ${urls}` }] : []),
    ...parameter(request.omniWeight, ['ow']),
    ...parameter(request.aspectRatio, ['ar', 'aspect']),
    ...(request.version === null ? [] : [{ names: ['v', 'version', 'niji'], text: `--${request.version}` }]),
    ...parameter(request.variety, ['chaos', 'c']),
    ...parameter(request.stylization, ['stylize', 's']),
    ...parameter(request.weirdness, ['weird', 'w']),
    ...(request.speed === null ? [] : [{ names: ['relax', 'fast', 'turbo'], text: `--${request.speed}` }]),
  ];
}

/** All of them: Midjourney's videos take no other parameters. Source: midjourney-docs, video. */
function videoParameters(request: VideoRequest): FieldParameter[] {
  return [
    { names: ['video'], text: '--video' },
    { names: ['motion'], text: `--motion ${request.motion}` },
    { names: ['bs'], text: `--bs ${request.batchSize}` },
  ];
}

/** The parameter under its first name; none for null. */
function parameter(value: string | number | null, names: readonly [string, ...string[]]): FieldParameter[] {
  return value === null ? [] : [{ names, text: `--${names[0]} ${value}` }];
}

/** Names of the parameters in a prompt. Midjourney reads a long dash as two short ones. */
export function namesIn(prompt: string): Set<string> {
  return new Set(Array.from(prompt.matchAll(/(?:^|\s)(?:--|—)([a-z]+)/gi), ([, name = '']) => name.toLowerCase()));
}
