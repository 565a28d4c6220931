import type { AudioFile } from './decode-audio.ts';
import { safeInput } from './sniff-audio.ts';

export const FRAMES_PER_SECOND = 25;

/** In the folder that the tasks of one video share. */
const VIDEO_FILE = 'video.mp4';
const AUDIO_FILE = 'audio.m4a';

/**
 * Looks like CRF 21 at `veryfast` and costs 60 % of it: most of a frame does not move, so more B frames (fixed in number) save
 * more than the search for motion finds.
 */
const X264 = ['-preset', 'veryfast', '-crf', '21', '-x264-params', 'bframes=8:b-adapt=0:weightb=0:subme=1:me=dia'];
const BT709 = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'];

/** Raw frames from the standard input to H.264. */
export const videoArguments = (width: number, height: number, frames: number): string[] => [
  ...['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', String(FRAMES_PER_SECOND), '-i', 'pipe:0'],
  ...['-c:v', 'libx264', ...X264, '-pix_fmt', 'yuv420p', ...BT709],
  ...['-frames:v', String(frames), '-f', 'mp4', VIDEO_FILE],
];

/** The track to AAC. At this rate the fast coder is as good as the other and takes less than half the time. */
export const audioArguments = (audio: AudioFile, seconds: number): string[] => [
  ...['-nostdin', ...safeInput(audio.path, audio.format), '-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1'],
  ...['-t', String(seconds), '-ac', '2', '-c:a', 'aac', '-aac_coder', 'fast', '-b:a', '192k', '-f', 'mp4', AUDIO_FILE],
];

/** Both into one file that plays while it is being loaded. */
export const joinArguments = (seconds: number, output: string): string[] => [
  ...['-nostdin', '-i', VIDEO_FILE, '-i', AUDIO_FILE, '-map', '0:v', '-map', '1:a', '-c', 'copy', '-map_metadata', '-1'],
  ...['-t', String(seconds), '-movflags', '+faststart', '-f', 'mp4', `file:${output}`],
];
