import { createHash } from 'node:crypto';
import { aspectOf, readParameters, type PromptParameter } from './parameters.ts';
import { scenarioWords, withoutScenarioWords } from './scenario.ts';

export const MODES = ['fast', 'relax', 'turbo'] as const;
export type Mode = (typeof MODES)[number];

/** A prompt as Midjourney reads it. */
export interface Prompt {
  /** Exactly as it was sent. */
  readonly sent: string;
  /** As messages repeat it: tidied, links shortened, default parameters added. */
  readonly echo: string;
  /** The subject of the picture, without parameters, links and scenario words. */
  readonly words: string;
  readonly imageUrls: readonly string[];
  readonly aspect: number;
  readonly seed: number | null;
  /** `7.0`, `6.1`, `niji 6`. */
  readonly version: string;
  readonly mode: Mode | null;
  /** `--stealth` or `--public`; null for neither. */
  readonly stealth: boolean | null;
  readonly zoom: number | null;
  /** `--video`: a video that starts from the picture. */
  readonly video: boolean;
  readonly motion: 'low' | 'high' | null;
  /** `--bs`: how many videos. */
  readonly batch: number | null;
}

export interface PromptSettings {
  rewrite: boolean;
  version: string;
  suffix: string;
}

export type PromptResult =
  | { ok: true; prompt: Prompt }
  | { ok: false; refusal: 'empty-prompt' | 'invalid-parameter'; description: string | null };

const URL_PATTERN = /<?(https?:\/\/[^\s<>]+)>?/g;

/** Reads a prompt, refuses it where Midjourney does, and writes the echo that messages repeat. Source: midjourney-bot, prompt echo. */
export function readPrompt(sent: string, settings: PromptSettings): PromptResult {
  const full = settings.suffix === '' ? sent : `${sent} ${settings.suffix}`;
  const plain = withoutScenarioWords(full.replaceAll('—', '--'));
  const [head = '', ...pieces] = plain.split(/(?:^|\s)--(?=[A-Za-z])/);
  const imageUrls = [...head.matchAll(URL_PATTERN)].map((match) => match[1] ?? '');
  const words = head.replaceAll(URL_PATTERN, ' ').replaceAll(/\s+/g, ' ').trim();
  const { parameters, fault } = readParameters(pieces);
  if (fault !== null) return { ok: false, refusal: 'invalid-parameter', description: fault };
  // A prompt of scenario words alone is accepted.
  if (words === '' && imageUrls.length === 0 && scenarioWords(sent).length === 0)
    return { ok: false, refusal: 'empty-prompt', description: null };
  const value = (name: string): string | undefined => parameters.findLast((parameter) => parameter.name === name)?.value;
  const has = (name: string): boolean => parameters.some((parameter) => parameter.name === name);
  const niji = value('niji');
  return {
    ok: true,
    prompt: {
      sent,
      echo: settings.rewrite ? rewrite(full, parameters, settings) : sent,
      words,
      imageUrls,
      aspect: aspectOf(value('ar') ?? '1:1') ?? 1,
      seed: value('seed') === undefined ? null : Number(value('seed')),
      version: niji === undefined ? withPoint(value('v') ?? settings.version) : `niji ${niji}`,
      mode: MODES.find((mode) => has(mode)) ?? null,
      stealth: has('stealth') ? true : has('public') ? false : null,
      zoom: value('zoom') === undefined ? null : Number(value('zoom')),
      video: value('video') !== undefined,
      motion: (['low', 'high'] as const).find((motion) => motion === value('motion')) ?? null,
      batch: value('bs') === undefined ? null : Number(value('bs')),
    },
  };
}

function rewrite(text: string, parameters: readonly PromptParameter[], settings: PromptSettings): string {
  const tidy = text
    .replaceAll('—', '--')
    .replaceAll(URL_PATTERN, (_whole, url: string) =>
      url.startsWith('https://s.mj.run/') ? `<${url}>` : `<https://s.mj.run/${shortCode(url, 11)}>`,
    )
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/(?<!\S)--(?:repeat|r) \d+(?:\s|$)/g, '')
    .trim()
    .replaceAll(/(?<!\S)--aspect(?!\S)/g, '--ar')
    .replaceAll(/(?<!\S)--version(?!\S)/g, '--v')
    .replaceAll(/(?<=(?<!\S)--v )(\d)(?!\S)/g, '$1.0')
    .replaceAll(/(?<=(?<!\S)--(?:p|profile) )(m\d{6,})(?!\S)/g, (id) => shortCode(id, 7).toLowerCase());
  // Videos have a separate version. Source: midjourney-bot, videos.
  if (parameters.some(({ name }) => name === 'video')) return tidy.replace(/(?<!\S)--video(?! 1)(?!\S)/, '--video 1');
  const versioned = parameters.some(({ name }) => name === 'v' || name === 'niji');
  return versioned ? tidy : `${tidy} ${versionParameter(settings.version)}`;
}

const versionParameter = (version: string): string => (version.startsWith('niji') ? `--${version}` : `--v ${version}`);

const withPoint = (version: string): string => (/^\d$/.test(version) ? `${version}.0` : version);

/** A short code for a link; equal links get equal codes. */
function shortCode(text: string, length: number): string {
  return createHash('sha256').update(text).digest('base64url').replaceAll(/[-_]/g, 'x').slice(0, length);
}
