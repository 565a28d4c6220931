import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { createFfmpegFinder, type FfmpegFinder } from '../ffmpeg/ffmpeg-finder.ts';

const RATE = 22_050;

/** Beats and a rising melody: something in every band of a spectrum. */
export function composeSamples(seconds: number): Int16Array {
  const samples = new Int16Array(Math.round(seconds * RATE));
  let noise = 1;
  for (let at = 0; at < samples.length; at++) {
    const time = at / RATE;
    noise = (noise * 16_807) % 2_147_483_647;
    const beat = Math.exp(-8 * (time % 0.5)) * Math.sin(2 * Math.PI * 70 * time);
    const melody = Math.exp(-3 * (time % 0.25)) * Math.sin(2 * Math.PI * 220 * (1 + (Math.floor(time * 4) % 5) / 4) * time);
    const hiss = Math.exp(-20 * (time % 0.25)) * (noise / 1_073_741_824 - 1);
    samples[at] = 9_000 * beat + 7_000 * melody + 5_000 * hiss;
  }
  return samples;
}

/** The samples as a WAV file. */
export function toWav(samples: Int16Array): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

export async function writeSong(path: string, seconds: number): Promise<void> {
  await writeFile(path, toWav(composeSamples(seconds)));
}

/** Runs the ffmpeg of this machine and returns its standard output. */
export async function ffmpeg(...args: string[]): Promise<Buffer> {
  const path = await testFfmpeg().path();
  const options = { encoding: 'buffer', maxBuffer: 1 << 28 } as const;
  const { stdout } = await promisify(execFile)(path, ['-hide_banner', '-nostdin', '-v', 'error', '-y', ...args], options);
  return stdout;
}

/** Finds ffmpeg in the usual folders of PATH. */
export function testFfmpeg(): FfmpegFinder {
  return createFfmpegFinder({ environmentPath: '/usr/local/bin:/usr/bin:/opt/homebrew/bin' });
}
