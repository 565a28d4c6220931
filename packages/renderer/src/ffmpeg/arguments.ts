import type { AudioFile } from '../video.ts';

export const FRAMES_PER_SECOND = 25;

/** File names in the folder that the ffmpeg runs of one video share. */
const VIDEO_FILE = 'video.mp4';
const AUDIO_FILE = 'audio.m4a';

/**
 * Looks like CRF 21 at `veryfast` and costs 60 % of it: most of a frame does not move, so more B frames (fixed in number) save
 * more than the search for motion finds.
 */
const X264 = '-c:v libx264 -preset veryfast -crf 21 -x264-params bframes=8:b-adapt=0:weightb=0:subme=1:me=dia -pix_fmt yuv420p';
const BT709 = '-colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv';

/**
 * The arguments by which ffmpeg opens a sound file from outside: only as the recognised format, without network protocols, and without
 * the playlist formats that name other files.
 */
export const inputArguments = ({ path, format }: AudioFile): string[] =>
  ['-protocol_whitelist', 'file,pipe', '-format_whitelist', format, '-f', format, '-i'].concat(`file:${path}`);

/** Raw frames from the standard input to H.264. */
export function videoArguments(width: number, height: number, frames: number): string[] {
  const input = `-f rawvideo -pix_fmt yuv420p -s ${width}x${height} -r ${FRAMES_PER_SECOND} -i pipe:0`;
  return `${input} ${X264} ${BT709} -frames:v ${frames} -f mp4 ${VIDEO_FILE}`.split(' ');
}

/** The track to AAC. At 192 kbit/s the fast coder sounds as good as the default one and takes less than half the time. */
export function audioArguments(audio: AudioFile, seconds: number): string[] {
  const input = ['-nostdin', ...inputArguments(audio)];
  const output = `-map 0:a:0 -vn -sn -dn -map_metadata -1 -t ${seconds} -ac 2 -c:a aac -aac_coder fast -b:a 192k -f mp4 ${AUDIO_FILE}`;
  return input.concat(output.split(' '));
}

/** Joins video and sound into one file that plays while it is being loaded. */
export function joinArguments(seconds: number, outputPath: string): string[] {
  const input = `-nostdin -i ${VIDEO_FILE} -i ${AUDIO_FILE} -map 0:v -map 1:a -c copy -map_metadata -1`;
  return [...input.split(' '), '-t', String(seconds), '-movflags', '+faststart', '-f', 'mp4', `file:${outputPath}`];
}
