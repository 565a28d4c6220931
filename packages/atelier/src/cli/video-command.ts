import { Option, type Command } from 'commander';
import { readConfig } from '../config/config.ts';
import { VIDEO_TEMPLATES } from '../engine/music-video/input.ts';
import { systemClock } from '@atelier/lib/clock';
import { createVideoTools } from '../server/open-music-video.ts';
import { stopSignal } from './serve.ts';
import type { Environment } from './server.ts';
import { UserError } from './user-error.ts';
import { runVideo, type VideoOptions } from './video.ts';

/** `atelier video`: a music video of a file, rendered here and now. */
export function addVideoCommand(program: Command, environment: Environment): void {
  program
    .command('video')
    .description('make a music video of a sound file, on this machine and without a server')
    .argument('<song>', 'MP3, WAV, FLAC, Ogg, AAC or M4A')
    .option('--cover <picture>', 'PNG, JPEG or WebP (default: one is painted)')
    .option('--title <text>', 'default: the name of the file')
    .option('--author <text>', 'who made it')
    .option('--domain <text>', 'shown as a watermark')
    .addOption(new Option('--template <name>', 'how it looks: 720p, square, 720p').choices(VIDEO_TEMPLATES).default('stage'))
    .option('--lyrics <file>', 'timed lyrics in the LRC format')
    .option('--output <file>', 'where it goes (default: named after the title)')
    .action(async (song: string, options: VideoOptions) => {
      const config = readConfig(environment);
      const stop = new AbortController();
      void stopSignal().then(() => stop.abort(new Error('stopped at the terminal')));
      const tools = createVideoTools(config, { clock: systemClock });
      await tools.ffmpegPath().catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new UserError(`There is ${why}. Install ffmpeg, or name one with FFMPEG_PATH.`, { cause });
      });
      console.log(await runVideo(song, options, { ...tools, longestMs: config.videoLongest, signal: stop.signal }));
    });
}
