import { Option, type Command } from 'commander';
import { readConfig } from '../config/config.ts';
import { VIDEO_SIZES, VIDEO_TEMPLATES } from '../engine/music-video/input.ts';
import { systemClock } from '@atelier/lib/clock';
import { createVideoTools } from '../server/music-video.ts';
import { stopSignal } from './serve.ts';
import type { Environment } from './connect.ts';
import { UserError } from './terminal.ts';
import { runVideo, type VideoOptions } from './render-file.ts';

/** `atelier video`: renders a music video of a file on this machine. */
export function addVideoCommand(program: Command, environment: Environment): void {
  program
    .command('video')
    .description('render a music video of a sound file, on this machine and without a server')
    .argument('<song>', 'MP3, WAV, FLAC, Ogg, AAC or M4A')
    .option('--cover <picture>', 'PNG, JPEG or WebP (default: a generated cover)')
    .option('--title <text>', 'default: the name of the file')
    .option('--author <text>', 'shown as the author')
    .option('--domain <text>', 'shown as a watermark')
    .addOption(new Option('--template <name>', `the look: ${VIDEO_SIZES}`).choices(VIDEO_TEMPLATES).default(VIDEO_TEMPLATES[0]))
    .option('--lyrics <file>', 'timed lyrics in the LRC format')
    .option('--output <file>', 'file of the video (default: named after the title)')
    .action(async (song: string, options: VideoOptions) => {
      const config = readConfig(environment);
      const stop = new AbortController();
      void stopSignal().then(() => stop.abort(new Error('stopped by a signal')));
      const tools = createVideoTools(config, { clock: systemClock });
      await tools.ffmpegPath().catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new UserError(`ffmpeg is missing: ${why}. Install ffmpeg, or name one with FFMPEG_PATH.`, { cause });
      });
      console.log(await runVideo(song, options, { ...tools, longestMs: config.videoLongest, signal: stop.signal }));
    });
}
