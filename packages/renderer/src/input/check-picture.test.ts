import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { createCheckPicture } from './check-picture.ts';
import { MediaError } from '../video.ts';

const plain = (width: number, height: number): Sharp => sharp({ create: { width, height, channels: 3, background: '#3060a0' } });

/** A PNG of one colour with one bit a pixel: a few kilobytes at any size. */
function bombPng(side: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  const pixels = deflateSync(Buffer.alloc(side * (1 + Math.ceil(side / 8))), { level: 9 });
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('createCheckPicture', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'check-picture-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  const checkPicture = createCheckPicture();
  const check = async (bytes: Uint8Array | string): Promise<{ width: number; height: number }> => {
    await writeFile(join(folder, 'in.png'), bytes);
    return checkPicture(join(folder, 'in.png'), join(folder, 'out.png'));
  };
  const refuses = async (bytes: Uint8Array | string, why: RegExp): Promise<void> => {
    await assert.rejects(check(bytes), (error) => {
      assert.ok(error instanceof MediaError, String(error));
      assert.match(error.message, why);
      assert.ok(!error.message.includes(folder));
      return true;
    });
    assert.deepEqual(await readdir(folder), ['in.png'], 'nothing was written');
  };

  test('PNG, JPEG and WebP become a PNG of bounded size', async () => {
    for (const picture of [plain(300, 200).png(), plain(300, 200).jpeg(), plain(300, 200).webp()]) {
      assert.deepEqual(await check(await picture.toBuffer()), { width: 300, height: 200 });
    }
    assert.deepEqual(await check(await plain(4_000, 2_000).jpeg().toBuffer()), { width: 1_440, height: 720 });
    const { format, width, height } = await sharp(await readFile(join(folder, 'out.png'))).metadata();
    assert.deepEqual({ format, width, height }, { format: 'png', width: 1_440, height: 720 });
    await rm(join(folder, 'out.png'));
  });

  test('a photograph is turned upright, and nothing of it is transparent', async () => {
    const lying = await plain(300, 200).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    assert.deepEqual(await check(lying), { width: 200, height: 300 });
    await check(
      await sharp({ create: { width: 8, height: 8, channels: 4, background: '#ffffff00' } })
        .png()
        .toBuffer(),
    );
    const { channels } = await sharp(await readFile(join(folder, 'out.png'))).metadata();
    assert.equal(channels, 3);
    await rm(join(folder, 'out.png'));
  });

  test('a small file that claims 900 million pixels is refused at once', async () => {
    const bomb = bombPng(30_000);
    assert.ok(bomb.length < 150_000, `${bomb.length} bytes`);
    await refuses(bomb, /cannot be decoded/);
  });

  test('a cover of 20 000 pixels is refused, square or thin', async () => {
    await refuses(bombPng(20_000), /cannot be decoded/);
    await refuses(bombPng(11_000), /cannot be decoded/);
    await refuses(await plain(20_000, 40).png().toBuffer(), /20000 x 40 pixels: 12000 a side/);
  });

  test('documents, animations and other kinds are refused', async () => {
    const entity = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>';
    await refuses(`<?xml version="1.0"?>${entity}<svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>`, /not a picture/);
    await refuses(await plain(8, 8).gif().toBuffer(), /not a picture/);
    await refuses('', /not a picture/);
    const frames = [plain(16, 16).png(), sharp({ create: { width: 16, height: 16, channels: 3, background: '#ff0000' } }).png()];
    const animation = sharp(await Promise.all(frames.map((frame) => frame.toBuffer())), { join: { animated: true } });
    await refuses(await animation.webp({ loop: 0 }).toBuffer(), /animated/);
  });

  test('a truncated or mislabelled picture is refused', async () => {
    const whole = await sharp({
      create: { width: 400, height: 400, channels: 3, noise: { type: 'gaussian', mean: 128, sigma: 60 }, background: '#000' },
    })
      .png()
      .toBuffer();
    await refuses(whole.subarray(0, whole.length / 2), /cannot be decoded/);
    await refuses(
      Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')]),
      /cannot be decoded/,
    );
  });
});
