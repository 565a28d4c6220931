import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Command } from 'commander';
import { must, type AtelierJob, type Schemas } from 'atelier-client';
import { toFileStem } from '../engine/music-video/music-video.ts';
import { UserError, withBar } from './terminal.ts';
import { download, type Environment, followJob, type ServerOptions, withAnyServer, withServerOptions } from './connect.ts';

type MusicRequest = Schemas['MusicRequest'];

export interface MusicOptions extends ServerOptions {
  style?: string;
  title?: string;
  lyrics?: string;
  instrumental?: boolean;
  /** Seconds, as typed. */
  duration?: string;
  model?: string;
  out: string;
}

/** `atelier music`: makes two tracks of a prompt, with their covers. */
export function addMusicCommand(program: Command, environment: Environment): void {
  withServerOptions(program.command('music'))
    .description('make music: two tracks and a cover for each')
    .argument('<prompt...>', 'theme and mood of the song')
    .option('--style <words>', 'genre and mood')
    .option('--title <text>', 'default: Suno chooses')
    .option('--lyrics <file-or-text>', 'the words to sing')
    .option('--instrumental', 'without a voice')
    .option('--duration <seconds>', 'approximate length, 10 to 360')
    .option('--model <name>', 'V4, V4_5, V4_5PLUS, V4_5ALL, V5, V5_5')
    .option('--out <folder>', 'folder of the files', '.')
    .action(async (words: string[], options: MusicOptions) => {
      for (const file of await runMusic(words.join(' '), options, environment)) console.log(`Saved ${file}`);
    });
}

/** Makes the music on a running server, or on one that is started for it, and shows its progress. Returns the paths of the saved files. */
export async function runMusic(prompt: string, options: MusicOptions, environment: Environment): Promise<string[]> {
  const body = await toRequest(prompt, options);
  return await withAnyServer(options, environment, (client) =>
    withBar('asking Suno', async (show) => {
      const { id } = await must(client.api.POST('/jobs', { body }));
      const job = await followJob(client, id, (seen) => show(seen.progressPercent, toWords(seen)));
      await mkdir(options.out, { recursive: true });
      return await save(job, join(options.out, toFileStem(options.title ?? prompt)));
    }),
  );
}

async function toRequest(prompt: string, options: MusicOptions): Promise<MusicRequest> {
  const { style, title, instrumental, lyrics, duration } = options;
  const durationS = duration === undefined ? undefined : Number(duration);
  if (durationS !== undefined && !Number.isFinite(durationS)) throw new UserError(`"${duration}" is not a number of seconds.`);
  if (instrumental && lyrics !== undefined) throw new UserError('An instrumental has no lyrics: leave out --lyrics or --instrumental.');
  // Only this model of Suno follows a length.
  const model = options.model ?? (durationS === undefined ? undefined : 'V5_5');
  return {
    verb: 'music',
    prompt,
    ...(style !== undefined && { style }),
    ...(title !== undefined && { title }),
    ...(instrumental !== undefined && { instrumental }),
    ...(lyrics !== undefined && { lyrics: await readLyrics(lyrics) }),
    ...(durationS !== undefined && { durationS }),
    ...(model !== undefined && { model }),
  };
}

/** The text of the named file, or the given text itself. */
async function readLyrics(given: string): Promise<string> {
  const found = await stat(given).catch(() => undefined);
  if (found?.isFile()) return readFile(given, 'utf8');
  if (extname(given) !== '' && !/\s/.test(given)) throw new UserError(`File not found: ${given}`);
  return given;
}

const STAGES: Readonly<Record<string, string>> = { text: 'composing', first: 'the first track is ready' };

const toWords = ({ status, data }: AtelierJob): string => {
  if (status === 'queued') return 'waiting for a free slot';
  const { stage } = data;
  return (typeof stage === 'string' && STAGES[stage]) || 'writing';
};

const EXTENSIONS: Readonly<Record<string, string>> = { 'audio/mpeg': 'mp3', 'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp' };

/** Saves every track and cover as `stem-1.mp3`, `stem-1.png`, …; returns their paths. */
async function save({ assets }: AtelierJob, stem: string): Promise<string[]> {
  const wanted = assets.filter(({ role }) => role === 'audio' || role === 'cover');
  if (wanted.length === 0) throw new UserError('The job ended without a track.');
  const files: string[] = [];
  for (const { index, contentType, filename, url } of wanted) {
    const file = `${stem}-${index}${EXTENSIONS[contentType] === undefined ? extname(filename) : `.${EXTENSIONS[contentType]}`}`;
    await writeFile(file, await download(url));
    files.push(file);
  }
  return files;
}
