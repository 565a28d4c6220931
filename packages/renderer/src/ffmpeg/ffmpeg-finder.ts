import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { createBoundedBuffer, TooManyBytesError } from '@atelier/lib/read-bounded';
import { createRunFfmpeg, type RunFfmpeg } from './run-ffmpeg.ts';

/** A place that is searched: the setting FFMPEG_PATH, the search path, the npm package. */
export type FfmpegSource = 'setting' | 'search-path' | 'package';

export interface FoundFfmpeg {
  source: FfmpegSource;
  path: string;
  /** As the program prints it; builds from git print no number. */
  version: string;
}

export interface FfmpegReport {
  found: FoundFfmpeg | undefined;
  /** The candidates before the found one (all candidates when none is found), each with the reason why it is not used. */
  refused: { source: FfmpegSource; path: string | undefined; reason: string }[];
}

export interface FfmpegFinder {
  /** Finds the ffmpeg to use and the reasons against the others. An accepted program is not tried again until its file changes. */
  find(): Promise<FfmpegReport>;
  /** The path of the ffmpeg to use. Rejects with the reason against each candidate when no candidate can be used. */
  path(): Promise<string>;
}

export interface FfmpegFinderDeps {
  /** FFMPEG_PATH. When set, no other place is searched: an operator who names a program does not want another. */
  path?: string | undefined;
  /** PATH. */
  environmentPath?: string | undefined;
  run?: RunFfmpeg;
  /** The program that the optional package `@ffmpeg-installer/ffmpeg` brings; rejects when it is not installed. */
  packagePath?: () => Promise<string>;
}

const PROBE_LIMIT_MS = 2_000;
/** A build lists some 200 encoders in 20 kB. */
const MAX_OUTPUT_BYTES = 1_000_000;
/** For H.264 and AAC, which every player reads. The encoders are listed, because version and build options do not tell. */
const NEEDED_ENCODERS = ['libx264', 'aac'] as const;

type Verdict = { version: string } | { reason: string };

/** Finds a usable ffmpeg: FFMPEG_PATH, else `ffmpeg` on PATH, else the installed package. */
export function createFfmpegFinder(deps: FfmpegFinderDeps): FfmpegFinder {
  const { path, environmentPath = '', run = createRunFfmpeg(), packagePath = installedPackagePath } = deps;
  const accepted = new Map<string, { version: string }>();

  const judge = async (candidate: string): Promise<Verdict> => {
    const reason = await reasonNotToRun(candidate);
    if (reason) return { reason };
    const key = `${candidate}\n${(await stat(candidate)).mtimeMs}`;
    const known = accepted.get(key);
    if (known) return known;
    const verdict = await probe(run, candidate);
    if ('version' in verdict) accepted.set(key, verdict);
    return verdict;
  };

  const candidates: { source: FfmpegSource; locate: () => Promise<string | undefined>; missing: string }[] = path
    ? [{ source: 'setting', locate: async () => path, missing: '' }]
    : [
        { source: 'search-path', locate: () => onSearchPath(environmentPath), missing: 'no ffmpeg on PATH' },
        {
          source: 'package',
          locate: () => packagePath().catch(() => undefined),
          missing: 'the package @ffmpeg-installer/ffmpeg is not installed',
        },
      ];

  const find = async (): Promise<FfmpegReport> => {
    const refused: FfmpegReport['refused'] = [];
    for (const { source, locate, missing } of candidates) {
      const candidate = await locate();
      const verdict = candidate === undefined ? { reason: missing } : await judge(candidate);
      if (candidate !== undefined && 'version' in verdict) return { found: { source, path: candidate, version: verdict.version }, refused };
      if ('reason' in verdict) refused.push({ source, path: candidate, reason: verdict.reason });
    }
    return { found: undefined, refused };
  };

  return {
    find,
    async path() {
      const { found, refused } = await find();
      if (found) return found.path;
      throw new Error(`no usable ffmpeg: ${refused.map(({ source, reason }) => `${SOURCE_NAMES[source]}: ${reason}`).join('; ')}`);
    },
  };
}

const SOURCE_NAMES = { setting: 'FFMPEG_PATH', 'search-path': 'PATH', package: 'package' } as const satisfies Record<FfmpegSource, string>;

async function reasonNotToRun(path: string): Promise<string | undefined> {
  if (!isAbsolute(path)) return 'not an absolute path';
  try {
    if (!(await stat(path)).isFile()) return 'not a file';
    await access(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EACCES' ? 'not executable' : 'not found';
  }
}

/** Runs the program to read its version and its list of encoders. */
async function probe(run: RunFfmpeg, path: string): Promise<Verdict> {
  try {
    const banner = await outputOf(run, path, '-version');
    const version = /^ffmpeg version (\S+)/.exec(banner)?.[1];
    if (!version) return { reason: 'it is not ffmpeg' };
    const encoders = await outputOf(run, path, '-encoders');
    const has = (name: string): boolean => new RegExp(`^ [VA]\\S{5} ${name} `, 'm').test(encoders);
    const lacking = NEEDED_ENCODERS.filter((name) => !has(name));
    return lacking.length > 0 ? { reason: `it cannot encode ${lacking.join(' and ')}` } : { version };
  } catch (error) {
    if (error instanceof TooManyBytesError) return { reason: 'it prints too much' };
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

async function outputOf(run: RunFfmpeg, path: string, option: string): Promise<string> {
  const output = createBoundedBuffer(MAX_OUTPUT_BYTES);
  const collect = async (): Promise<string> => output.toBuffer().toString('utf8');
  return run({ path, arguments: ['-hide_banner', option], onOutput: output.push, wallLimitMs: PROBE_LIMIT_MS, collect });
}

/** The first executable `ffmpeg` in the folders of PATH. Relative folders are skipped, because they depend on the current folder. */
async function onSearchPath(environmentPath: string): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg';
  for (const folder of environmentPath.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const candidate = join(folder, name);
    if ((await reasonNotToRun(candidate)) === undefined) return candidate;
  }
  return undefined;
}

async function installedPackagePath(): Promise<string> {
  const { default: installed } = await import('@ffmpeg-installer/ffmpeg');
  return installed.path;
}
