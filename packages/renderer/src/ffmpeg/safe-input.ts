import type { AudioFormat } from '../input/sniff-audio.ts';

/**
 * The arguments by which ffmpeg opens a sound file that a stranger may have made: as what it was recognised to be and nothing
 * else, with no way to the network, and without a playlist's way to other files.
 */
export const safeInput = (path: string, format: AudioFormat): string[] =>
  ['-protocol_whitelist', 'file,pipe', '-format_whitelist', format, '-f', format, '-i'].concat(`file:${path}`);
