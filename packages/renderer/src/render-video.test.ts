import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createFakeClock } from '@atelier/lib/clock';
import { createRunFfmpeg } from './ffmpeg/run-ffmpeg.ts';
import { createRenderVideo, type RenderVideoDeps } from './render-video.ts';
import { TEMPLATES, type TemplateName } from './templates/templates.ts';
import { paintCover } from './testing/content.ts';
import { ffmpeg, testFfmpeg, writeSong } from './testing/sounds.ts';
import { HARD_TEXTS } from './testing/texts.ts';
import { MediaError, type RenderedVideo, type RenderRequest } from './video.ts';

const SECONDS = 6;
const SHORT_SECONDS = 2;

/** ffmpeg's description of a file. */
async function describeFile(path: string): Promise<string> {
  const program = await testFfmpeg().path();
  return new Promise((resolve) => execFile(program, ['-hide_banner', '-i', path], (_error, _stdout, stderr) => resolve(stderr)));
}

/** The names of an MP4's outermost boxes, in order. */
function boxesOf(bytes: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += Math.max(8, bytes.readUInt32BE(at))) names.push(bytes.toString('latin1', at + 4, at + 8));
  return names;
}

describe('createRenderVideo', () => {
  let folder = '';
  let temporaryFolder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'render-video-test-'));
    temporaryFolder = join(folder, 'temporary');
    await mkdir(temporaryFolder);
    await writeSong(join(folder, 'song.wav'), SECONDS);
    await writeSong(join(folder, 'short.wav'), SHORT_SECONDS);
    await writeFile(join(folder, 'cover.png'), paintCover().toBuffer('image/png'));
  });
  after(async () => {
    assert.deepEqual(await readdir(temporaryFolder), [], 'nothing is left');
    await rm(folder, { recursive: true });
  });

  const at = (name: string): string => join(folder, name);
  const render = (request: Partial<RenderRequest>, deps: Partial<RenderVideoDeps> = {}): Promise<RenderedVideo> =>
    createRenderVideo({ ffmpeg: () => testFfmpeg().path(), temporaryFolder, ...deps })({
      audioPath: at('short.wav'),
      coverPath: at('cover.png'),
      title: 'Neon Rivers',
      author: 'Studio Lumen',
      domain: 'music.example.com',
      template: 'stage',
      lyrics: [{ startMs: 500, endMs: 2_500, text: 'Neon rivers run through the midnight town' }],
      outputPath: at('out.mp4'),
      ...request,
    });

  for (const template of Object.keys(TEMPLATES) as TemplateName[]) {
    const { width, height } = TEMPLATES[template];
    test(`${template}: H.264 and AAC as long as the track, the index in front, and it moves`, async () => {
      const rendered = await render({ template, audioPath: at('song.wav'), outputPath: at(`${template}.mp4`) });
      const bytes = await readFile(at(`${template}.mp4`));
      assert.deepEqual(rendered, { width, height, durationMs: SECONDS * 1_000, frames: SECONDS * 25, bytes: bytes.length });
      assert.deepEqual(
        boxesOf(bytes).filter((name) => name !== 'free'),
        ['ftyp', 'moov', 'mdat'],
      );
      const description = await describeFile(at(`${template}.mp4`));
      assert.match(description, new RegExp(`Video: h264 \\(High\\).*yuv420p\\(tv, bt709.*${width}x${height}.*25 fps`));
      assert.match(description, /Audio: aac \(LC\).*stereo/);
      const [, seconds = ''] = /Duration: 00:00:(\d+\.\d+), start: 0\.000000/.exec(description) ?? [];
      assert.ok(Math.abs(Number(seconds) - SECONDS) <= 0.04, description);
      const small = await ffmpeg(
        '-i',
        at(`${template}.mp4`),
        '-map',
        '0:v',
        '-vf',
        'scale=64:64',
        '-f',
        'rawvideo',
        '-pix_fmt',
        'gray',
        'pipe:1',
      );
      assert.equal(small.length, SECONDS * 25 * 64 * 64, 'every frame decodes');
      const frame = (number: number): Buffer => small.subarray(number * 4_096, (number + 1) * 4_096);
      const moved = [20, 50, 80].filter((number) => !frame(number).equals(frame(number + 4)));
      assert.equal(moved.length, 3);
    });
  }

  test('hostile texts are drawn as text and change no command', async () => {
    const lyrics = Object.values(HARD_TEXTS).map((text, index) => ({ startMs: index * 120, endMs: index * 120 + 100, text }));
    const rendered = await render({ title: HARD_TEXTS['a filter'], author: HARD_TEXTS.quotes, domain: '-x concat:a|b', lyrics });
    assert.equal(rendered.frames, SHORT_SECONDS * 25);
  });

  test('reports progress that only rises, and is whole at the end', async () => {
    const seen: number[] = [];
    let nowMs = 0;
    const clock = { ...createFakeClock(), now: () => (nowMs += 100) };
    await render({ onProgress: (done) => seen.push(done) }, { clock });
    assert.ok(seen.length > 10);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    assert.equal(seen.at(-1), 1);
    assert.ok((seen.at(-2) ?? 1) < 1);
  });

  test('stopped half way it leaves nothing, and quickly', async () => {
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    let stoppedAtMs = 0;
    const running = render(
      {
        audioPath: at('song.wav'),
        outputPath: at('stopped.mp4'),
        signal: controller.signal,
        onProgress(done) {
          if (done < 0.2 || stoppedAtMs > 0) return;
          stoppedAtMs = performance.now();
          controller.abort(reason);
        },
      },
      { clock: { ...createFakeClock(), now: () => performance.now() * 10 } },
    );
    await assert.rejects(running, reason);
    assert.ok(stoppedAtMs > 0 && performance.now() - stoppedAtMs < 2_000);
    assert.deepEqual(await readdir(temporaryFolder), []);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('stopped')),
      [],
    );
  });

  test('a signal that was given before stops it before it begins', async () => {
    const reason = new Error('never wanted');
    await assert.rejects(render({ signal: AbortSignal.abort(reason) }), reason);
  });

  test('takes no longer than its limit', async () => {
    const clock = createFakeClock();
    const started = Promise.withResolvers<void>();
    const run = createRunFfmpeg({ temporaryFolder });
    const running = render(
      { outputPath: at('late.mp4') },
      {
        clock,
        run: (task) => {
          if (!task.input) return run(task);
          started.resolve();
          // An encoder that never reads.
          return new Promise((_, reject) => task.signal?.addEventListener('abort', () => reject(task.signal?.reason as Error)));
        },
      },
    );
    const refused = assert.rejects(running, /no end within 60000 ms/);
    await started.promise;
    await clock.advance(60_000);
    await refused;
  });

  test('a failing encoder ends the other parts too', async () => {
    const run = createRunFfmpeg({ temporaryFolder });
    const failing = render(
      { outputPath: at('failed.mp4') },
      {
        run: (task) => run(task.input ? { ...task, arguments: ['-v', 'error', '-nonsense'] } : task),
      },
    );
    await assert.rejects(failing, /ended with code/);
    await assert.rejects(stat(at('failed.mp4')), /ENOENT/);
  });

  test('a file that exists stays as it was when a render fails', async () => {
    await writeFile(at('kept.mp4'), 'earlier');
    await assert.rejects(render({ outputPath: at('kept.mp4'), coverPath: at('absent.png') }));
    assert.equal(await readFile(at('kept.mp4'), 'utf8'), 'earlier');
  });

  test('a file without sound, or a track that is too long, is refused with a MediaError', async () => {
    await writeFile(at('list.mp3'), `ffconcat version 1.0\nfile short.wav\n`);
    await assert.rejects(render({ audioPath: at('list.mp3') }), MediaError);
    await assert.rejects(
      render({}, { longestMs: 1_000 }),
      (error) => error instanceof MediaError && /longer than the 1 second/.test(error.message),
    );
  });
});
