import { parseProxy, type Proxy } from '../net/proxy/proxy.ts';

/** Readers of setting values. Each throws an Error that names the expected form. */

const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds in `250ms`, `60s`, `5m`, `1h`, `14d`. */
export function readDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const unitMs = UNITS_MS[match?.[2] ?? ''];
  if (!match || unitMs === undefined) throw new Error(`expected a duration such as 60s, 5m or 14d, got "${text}"`);
  return Math.round(Number(match[1]) * unitMs);
}

export const readList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

export const readText = (text: string): string => text;
export const readOptional = (text: string): string | undefined => (text === '' ? undefined : text);

export function readNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < least || value > most) {
      throw new Error(`expected a number from ${least} to ${most}, got "${text}"`);
    }
    return value;
  };
}

export function readWhole(least: number, most: number): (text: string) => number {
  const read = readNumber(least, most);
  return (text) => {
    const value = read(text);
    if (!Number.isInteger(value)) throw new Error(`expected a whole number from ${least} to ${most}, got "${text}"`);
    return value;
  };
}

export function readChoice<const Choice extends string>(...choices: Choice[]): (text: string) => Choice {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new Error(`expected one of ${choices.join(', ')}, got "${text}"`);
    return found;
  };
}

/** `simulator`, or a base URL without its `/api/v1`. */
export function readBaseUrl(text: string): string {
  if (text === 'simulator') return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.search !== '') {
    throw new Error('expected simulator or a base URL such as https://api.kie.ai, without user, password or query');
  }
  return url.href.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
}

/** The address of a proxy, `none`, or undefined where nothing is set. */
export function readProxy(text: string): Proxy | 'none' | undefined {
  if (text === '' || text === 'none') return text === 'none' ? text : undefined;
  return parseProxy(text);
}

/** A comma-separated list of choices; `none` is the empty list. */
export function readChoices<const Choice extends string>(...choices: Choice[]): (text: string) => Choice[] {
  const readOne = readChoice(...choices);
  return (text) => (text.trim() === 'none' ? [] : readList(text).map(readOne));
}

export const readSwitch = (text: string): boolean => ['1', 'true', 'yes', 'on'].includes(text.toLowerCase());

export function readSigningSecrets(text: string): string[] {
  const secrets = readList(text);
  for (const secret of secrets) {
    if (!/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)) {
      throw new Error('expected whsec_ and at least 24 bytes in base64, several separated by commas');
    }
  }
  return secrets;
}

export function readWebUrl(text: string): string | undefined {
  if (text === '') return undefined;
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new Error('expected an http:// or https:// URL without a user name in it');
  }
  return url.href;
}
