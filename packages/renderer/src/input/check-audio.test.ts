import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createRunFfmpeg } from '../ffmpeg/run-ffmpeg.ts';
import { createCheckAudio } from './check-audio.ts';
import { ffmpeg, testFfmpeg, writeSong } from '../testing/sounds.ts';
import { MediaError, type CheckedAudio } from '../video.ts';

const LONGEST_MS = 600_000;

describe('createCheckAudio', () => {
  let folder = '';
  let temporaryFolder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'check-audio-test-'));
    temporaryFolder = join(folder, 'temporary');
    await mkdir(temporaryFolder);
    await writeSong(join(folder, 'song.wav'), 3);
    await Promise.all(
      [
        ['song.mp3', '-c:a', 'libmp3lame', '-b:a', '128k'],
        ['song.m4a', '-c:a', 'aac'],
        ['song.aac', '-c:a', 'aac'],
        ['song.ogg', '-c:a', 'libopus'],
        ['song.flac', '-c:a', 'flac'],
      ].map(([name = '', ...args]) => ffmpeg('-i', join(folder, 'song.wav'), '-metadata', 'title=x', ...args, join(folder, name))),
    );
  });
  after(async () => {
    assert.deepEqual(await readdir(temporaryFolder), [], 'nothing is left');
    await rm(folder, { recursive: true });
  });

  const at = (name: string): string => join(folder, name);
  const check = async (name: string, longestMs = LONGEST_MS): Promise<CheckedAudio> =>
    createCheckAudio({ ffmpeg: () => testFfmpeg().path(), temporaryFolder })(at(name), { longestMs });
  const refuses = (name: string, why: RegExp, longestMs?: number): Promise<void> =>
    assert.rejects(check(name, longestMs), (error) => {
      assert.ok(error instanceof MediaError, String(error));
      assert.match(error.message, why);
      assert.doesNotMatch(error.message, /\/|ffmpeg/, 'neither a path nor our tools');
      return true;
    });

  test('recognises each format by its bytes, and measures its length', async () => {
    for (const [name, format] of [
      ['song.wav', 'wav'],
      ['song.mp3', 'mp3'],
      ['song.m4a', 'mov'],
      ['song.aac', 'aac'],
      ['song.ogg', 'ogg'],
      ['song.flac', 'flac'],
    ] as const) {
      const checked = await check(name);
      assert.equal(checked.format, format);
      assert.ok(Math.abs(checked.durationMs - 3_000) < 80, `${name}: ${checked.durationMs} ms`);
    }
  });

  test('a name decides nothing', async () => {
    await writeFile(at('picture.png'), await readFile(at('song.mp3')));
    assert.equal((await check('picture.png')).format, 'mp3');
    await writeFile(at('text.mp3'), 'just words');
    await refuses('text.mp3', /not a sound file/);
    await writeFile(at('empty.mp3'), '');
    await refuses('empty.mp3', /not a sound file/);
  });

  test('playlists are refused unread, under any name', async () => {
    const lists = {
      concat: `ffconcat version 1.0\nfile song.mp3\n`,
      hls: `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nconcat:song.mp3|song.mp3\n#EXT-X-ENDLIST\n`,
      sdp: 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n',
      dash: '<?xml version="1.0"?><MPD type="static"><Period><AdaptationSet><Representation><BaseURL>song.mp3</BaseURL></Representation></AdaptationSet></Period></MPD>',
    };
    for (const [name, text] of Object.entries(lists)) {
      await writeFile(at(`${name}.mp3`), text);
      await refuses(`${name}.mp3`, /not a sound file/);
    }
  });

  test('a playlist behind the first bytes of a sound file is not read as one', async () => {
    for (const [name, head] of [
      ['tagged', Buffer.from('ID3\u0004\u0000\u0000\u0000\u0000\u0000\u0000', 'latin1')],
      ['synced', Buffer.from('fffb9064', 'hex')],
      ['ogged', Buffer.from('OggS')],
    ] as const) {
      const list = Buffer.from(`\nffconcat version 1.0\nfile ${at('song.mp3')}\n`);
      await writeFile(at(`${name}.mp3`), Buffer.concat([head, list]));
      await refuses(`${name}.mp3`, /cannot be decoded|shorter/);
    }
  });

  test('a file that says it is longer than it is was cut short', async () => {
    for (const name of ['song.mp3', 'song.m4a', 'song.wav']) {
      const whole = await readFile(at(name));
      await writeFile(at(`cut-${name}`), whole.subarray(0, whole.length * 0.6));
      await refuses(`cut-${name}`, /cut short/);
    }
    // With the index in front, ffmpeg alone would play the part that is there.
    await ffmpeg('-i', at('song.m4a'), '-c', 'copy', '-movflags', '+faststart', at('fast.m4a'));
    await check('fast.m4a');
    await truncate(at('fast.m4a'), (await readFile(at('fast.m4a'))).length * 0.6);
    await refuses('fast.m4a', /cut short/);
  });

  test('a damaged file is refused', async () => {
    const bytes = await readFile(at('song.flac'));
    await writeFile(at('noise.flac'), Buffer.concat([bytes.subarray(0, 4), Buffer.alloc(20_000, 0x5a)]));
    await refuses('noise.flac', /cannot be decoded|shorter/);
  });

  test('a sound that is too long or too short is refused; one as long as allowed is not', async () => {
    await refuses('song.wav', /longer than the 2 seconds allowed/, 2_000);
    assert.equal((await check('song.wav', 3_000)).durationMs, 3_000);
    await writeSong(at('blip.wav'), 0.3);
    await refuses('blip.wav', /shorter than 0.5 seconds/);
  });

  test('hours of silence in a small file are refused without being decoded', async () => {
    await ffmpeg(
      '-f',
      'lavfi',
      '-i',
      'anullsrc=r=8000:cl=mono',
      '-t',
      '600',
      '-c:a',
      'libopus',
      '-b:a',
      '6k',
      '-frame_duration',
      '60',
      at('hour.ogg'),
    );
    let bytes = 0;
    const run = createRunFfmpeg({ temporaryFolder });
    const checkAudio = createCheckAudio({
      ffmpeg: () => testFfmpeg().path(),
      run: (task) => run({ ...task, onOutput: (chunk) => ((bytes += chunk.length), task.onOutput?.(chunk)) }),
    });
    await assert.rejects(checkAudio(at('hour.ogg'), { longestMs: 60_000 }), /longer than the 1 minute allowed/);
    assert.ok(bytes < 61 * 22_050 * 2 + 65_536, `${bytes} bytes were decoded`);
  });

  test('ends with the reason of its signal', async () => {
    const reason = new Error('enough');
    const check = createCheckAudio({ ffmpeg: () => testFfmpeg().path(), temporaryFolder });
    await assert.rejects(check(at('song.wav'), { longestMs: LONGEST_MS }, AbortSignal.abort(reason)), reason);
  });
});
