import assert from 'node:assert/strict';
import { watch } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { createFfmpegFinder, createRunFfmpeg } from '@atelier/renderer';
import { CLIP_NOTE } from './clip.ts';
import { createPainter } from '../create-painter.ts';
import { cleanMark } from './encode.ts';
import type { Clip, ClipOptions, Painter, Scene } from '@atelier/simulator';

const MARK = 'job 018f, simulated';
/** Ten frames over five seconds: cheap, and all of the camera's way. */
const SLIDES = { tilePixels: 64, mark: MARK, motion: 'low', seconds: 5, framesPerSecond: 2 } as const;

/** One prompt for each world. */
const PROMPTS = [
  'mountains at sunset',
  'tropical island',
  'neon city in rain',
  'spiral galaxy',
  'lotus flower',
  'paper cut art hills',
  'golden silk',
  'coral reef',
  'a red fox in snowfall',
] as const;

/** Mean absolute difference of two frames, in steps of 255. */
function difference(first: Uint8Array | undefined, second: Uint8Array | undefined): number {
  assert.ok(first && second);
  assert.equal(first.length, second.length);
  let sum = 0;
  for (const [index, value] of first.entries()) sum += Math.abs(value - (second[index] ?? 0));
  return sum / first.length;
}

/** The boxes at the top of an MP4, in order. */
function boxesOf(clip: Clip): string[] {
  const bytes = Buffer.from(clip.bytes);
  const names: string[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) names.push(bytes.toString('latin1', at + 4, at + 8));
  return names;
}

/** The length that the file's header states. */
function statedSeconds(clip: Clip): number {
  const bytes = Buffer.from(clip.bytes);
  const at = bytes.indexOf('mvhd') + 16;
  return bytes.readUInt32BE(at + 4) / bytes.readUInt32BE(at);
}

describe('Painter.clip', () => {
  const finder = createFfmpegFinder({});
  const run = createRunFfmpeg();
  let temporaryFolder = '';
  let painter: Painter;
  before(async () => {
    temporaryFolder = await mkdtemp(join(tmpdir(), 'clip-test-'));
    painter = createPainter({ ffmpeg: () => finder.path(), temporaryFolder });
  });
  after(async () => {
    await painter.close();
    assert.deepEqual(await readdir(temporaryFolder), []);
    await rm(temporaryFolder, { recursive: true });
  });

  const sceneOf = (prompt: string, aspect = 1): Scene => {
    const [scene] = painter.imagine(prompt, { seed: 7, aspect });
    assert.ok(scene);
    return scene;
  };

  async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield bytes;
  }

  /** ffmpeg's output for a clip. It reads the clip from a pipe, which needs the index in front. */
  const read = async (clip: Clip, ...output: string[]): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    return run({
      path: await finder.path(),
      arguments: ['-v', 'error', '-f', 'mp4', '-i', 'pipe:0', ...output, 'pipe:1'],
      input: once(clip.bytes),
      onOutput: (chunk) => void chunks.push(chunk),
      wallLimitMs: 30_000,
      collect: async () => Buffer.concat(chunks),
    });
  };

  const framesOf = async (clip: Clip): Promise<Buffer[]> => {
    const all = await read(clip, '-vsync', '0', '-f', 'rawvideo', '-pix_fmt', 'rgb24');
    const size = clip.width * clip.height * 3;
    return Array.from({ length: all.length / size }, (_, index) => all.subarray(index * size, (index + 1) * size));
  };

  const film = async (scene: Scene, options: Partial<ClipOptions> = {}): Promise<Buffer[]> =>
    framesOf(await painter.clip(scene, { ...SLIDES, ...options }));

  test('is an MP4 of the requested length with the index in front', async () => {
    const clip = await painter.clip(sceneOf('a calm lake', 16 / 9), { tilePixels: 1024, mark: MARK, motion: 'low', seconds: 0.5 });
    assert.deepEqual([clip.contentType, clip.width, clip.height, clip.seconds], ['video/mp4', 480, 270, 0.5]);
    const boxes = boxesOf(clip);
    assert.ok(boxes.indexOf('moov') < boxes.indexOf('mdat') && boxes.includes('moov'), boxes.join());
    assert.ok(Math.abs(statedSeconds(clip) - 0.5) < 0.01);
    assert.equal((await framesOf(clip)).length, 12);
  });

  test('lasts five seconds at 24 frames unless told otherwise', async () => {
    const clip = await painter.clip(sceneOf('a calm lake'), { tilePixels: 16, mark: MARK, motion: 'low' });
    assert.equal(clip.seconds, 5);
    assert.equal((await framesOf(clip)).length, 120);
  });

  test('has even sides that a player accepts, in every shape', async () => {
    for (const [aspect, tilePixels, width, height] of [
      [1, 33, 34, 34],
      [14, 64, 64, 16],
      [9 / 16, 64, 36, 64],
      [1, 1, 16, 16],
    ] as const) {
      const clip = await painter.clip(sceneOf('golden silk', aspect), { ...SLIDES, tilePixels, seconds: 1 });
      assert.deepEqual([clip.width, clip.height], [width, height]);
      assert.equal((await framesOf(clip)).length, 2);
    }
  });

  test('every world moves, more when asked to', async () => {
    for (const prompt of PROMPTS) {
      const low = await film(sceneOf(prompt));
      const high = await film(sceneOf(prompt), { motion: 'high' });
      for (const frames of [low, high]) {
        assert.equal(frames.length, 10);
        assert.ok(difference(frames[0], frames[4]) > 1.5, `${prompt}: first to middle ${difference(frames[0], frames[4])}`);
        assert.ok(difference(frames[4], frames[9]) > 1.5, `${prompt}: middle to last ${difference(frames[4], frames[9])}`);
        assert.ok(difference(frames[0], frames[9]) > 3, `${prompt}: first to last ${difference(frames[0], frames[9])}`);
      }
      assert.ok(difference(high[0], high[9]) > difference(low[0], low[9]), prompt);
    }
  });

  test('begins with the picture it is made from', async () => {
    for (const prompt of PROMPTS) {
      const scene = sceneOf(prompt);
      const [first] = await film(scene, { tilePixels: 128, seconds: 1 });
      const picture = await painter.single(scene, { tilePixels: 128, mark: MARK });
      const still = await sharp(picture.bytes).removeAlpha().raw().toBuffer();
      assert.ok(difference(first, still) < 9, `${prompt}: ${difference(first, still)}`);
    }
  });

  test('moves without a jump', async () => {
    for (const prompt of ['spiral galaxy', 'mountains at sunset', 'tropical island']) {
      const frames = await film(sceneOf(prompt), { seconds: 1, framesPerSecond: 24, startSeconds: 3 });
      const steps = frames.slice(1).map((frame, index) => difference(frames[index], frame));
      const usual = steps.toSorted((one, other) => one - other)[steps.length >> 1] ?? 0;
      assert.ok(Math.max(...steps) < usual * 2 + 1, `${prompt}: ${steps.map((step) => step.toFixed(2)).join()}`);
    }
  });

  test('goes on where another ended', async () => {
    for (const prompt of PROMPTS) {
      const scene = sceneOf(prompt);
      const options = { motion: 'high', framesPerSecond: 12, seconds: 2.5 } as const;
      const before = await film(scene, options);
      const next = await film(scene, { ...options, seconds: 2, startSeconds: 2.5 });
      const seam = difference(before.at(-1), next[0]);
      const step = difference(before.at(-2), before.at(-1));
      // Encoding leaves its own traces: the first frame of a file is a whole one, the last is not.
      assert.ok(seam < step * 1.5 + 4, `${prompt}: ${seam} after ${step}`);
      assert.ok(difference(before[0], next[0]) > seam, prompt);
    }
  });

  test('each take moves differently; the same take moves alike', async () => {
    const scene = sceneOf('mountains at sunset');
    const ends = await Promise.all([0, 1, 2, 3].map(async (take) => (await film(scene, { take })).at(-1)));
    for (const [index, end] of ends.entries()) {
      for (const other of ends.slice(index + 1)) assert.ok(difference(end, other) > 3);
    }
    assert.equal(difference((await film(scene, { take: 2 })).at(-1), ends[2]), 0);
  });

  test('names its job and says that it is simulated, with any mark', async () => {
    const scene = sceneOf('a calm lake');
    for (const mark of [
      MARK,
      '',
      '-i /etc/passwd -y x.mp4',
      '\n-f\0null\r\n-',
      'title=evil',
      '; $(id) `id` "quoted" \\ %d #',
      '🦊🎩 狐狸 \u202e',
      '\ud800',
      'x'.repeat(200_000),
    ]) {
      const clip = await painter.clip(scene, { ...SLIDES, tilePixels: 16, seconds: 1, mark });
      const text = Buffer.from(clip.bytes);
      assert.ok(text.includes(cleanMark(mark)), JSON.stringify(mark.slice(0, 20)));
      const about = (await read(clip, '-f', 'ffmetadata')).toString();
      assert.ok(about.includes(`title=${CLIP_NOTE.replace(';', '\\;')}\n`), about);
      assert.ok(about.includes(`artist=${CLIP_NOTE.replace(';', '\\;')}\n`), about);
    }
  });

  test('survives windows far out and far away', async () => {
    const scene = sceneOf('mountains at sunset');
    for (const view of [
      { x: -32, y: -31, width: 64, height: 64 },
      { x: 5_000, y: -3_000, width: 1, height: 1 },
      { x: 0, y: 0.5, width: 1e-4, height: 1e-4 },
    ]) {
      assert.equal((await film({ ...scene, view }, { tilePixels: 16, seconds: 1, motion: 'high' })).length, 2);
    }
  });

  test('refuses impossible requests', async () => {
    const scene = sceneOf('a calm lake');
    for (const wrong of [
      { seconds: 0 },
      { seconds: Number.NaN },
      { seconds: 31 },
      { framesPerSecond: 0 },
      { framesPerSecond: 2.5 },
      { startSeconds: -1 },
      { startSeconds: Infinity },
      { tilePixels: 0 },
      { take: -1 },
    ]) {
      await assert.rejects(painter.clip(scene, { ...SLIDES, ...wrong }), RangeError, JSON.stringify(wrong));
    }
    const nowhere = { ...scene, view: { ...scene.view, x: Number.NaN } };
    await assert.rejects(painter.clip(nowhere, SLIDES), RangeError);
  });

  test('without an ffmpeg there are pictures and no clips', async () => {
    const lost = createPainter({ ffmpeg: () => Promise.reject(new Error('no usable ffmpeg: PATH: none')) });
    const plain = createPainter();
    try {
      await assert.rejects(lost.clip(sceneOf('a calm lake'), SLIDES), /no usable ffmpeg/);
      await assert.rejects(plain.clip(sceneOf('a calm lake'), SLIDES), /clips need ffmpeg/);
      assert.equal((await plain.single(sceneOf('a calm lake'), SLIDES)).width, 64);
    } finally {
      await Promise.all([lost.close(), plain.close()]);
    }
  });

  /** Resolves when ffmpeg's folder has appeared. */
  const started = (): Promise<void> =>
    new Promise((resolve) => {
      const watcher = watch(temporaryFolder, () => {
        watcher.close();
        resolve();
      });
    });

  test('an abort leaves nothing behind, and the painter goes on', async () => {
    const controller = new AbortController();
    const under = started();
    const scene = sceneOf('a calm lake');
    const making = painter.clip(scene, { tilePixels: 480, mark: MARK, motion: 'low', seconds: 30, signal: controller.signal });
    const rejected = assert.rejects(making, { message: 'no longer wanted' });
    await under;
    controller.abort(new Error('no longer wanted'));
    await rejected;
    assert.deepEqual(await readdir(temporaryFolder), []);
    assert.equal((await painter.clip(scene, { ...SLIDES, seconds: 1 })).seconds, 1);
  });

  test('closing stops a clip in the making and waits until nothing is left', async () => {
    const closing = createPainter({ ffmpeg: () => finder.path(), temporaryFolder });
    const under = started();
    const making = closing.clip(sceneOf('a calm lake'), { tilePixels: 480, mark: MARK, motion: 'high', seconds: 30 });
    const rejected = assert.rejects(making, /closed/);
    await under;
    await closing.close();
    assert.deepEqual(await readdir(temporaryFolder), []);
    await rejected;
    await assert.rejects(closing.clip(sceneOf('a calm lake'), SLIDES), /closed/);
  });
});
