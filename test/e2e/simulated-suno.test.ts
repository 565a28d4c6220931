import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { request } from 'undici';
import { createComposer } from '@atelier/demo-art';
import { isJsonObject, listAt, objectAt, textAt } from '@atelier/lib/json';
import { createFfmpegFinder } from '@atelier/renderer';
import { createTestSunoVendor } from '@atelier/simulator/testing';

test('the demo composer makes two different songs with timed words', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-test-'));
  const finder = createFfmpegFinder({});
  const composer = createComposer({ ffmpeg: () => finder.path(), temporaryFolder: folder });
  const vendor = await createTestSunoVendor({ composer });
  try {
    const prompt = '[Verse]\nThe sea is wide tonight 🌊\n海は広いな\n[Chorus]\n"Quotes"; and \\ slashes, $& %{x}';
    const taskId = await vendor.generate({ customMode: true, title: "Sea's \n title 🌊", style: 'folk', prompt, duration: 20 });
    await vendor.callback();
    await vendor.callback();
    const { data } = await vendor.callback();
    const [first, second] = listAt(data, 'data').filter(isJsonObject);
    assert.ok(first && second);
    assert.match(composer.describeStyle('sad piano jazz'), /^jazz, .*dorian/);
    assert.notEqual(first['tags'], second['tags']);
    const sounds = await Promise.all(
      [first, second].map(async (track) => Buffer.from(await (await request(textAt(track, 'audio_url'))).body.arrayBuffer())),
    );
    for (const sound of sounds) assert.ok(sound.byteLength > 20 * 20_000, `${sound.byteLength} bytes`);
    assert.notEqual(Buffer.compare(sounds[0] ?? Buffer.alloc(0), sounds[1] ?? Buffer.alloc(0)), 0);
    const { body } = await vendor.call('POST', '/generate/get-timestamped-lyrics', { taskId, audioId: first['id'] ?? '' });
    const words = listAt(objectAt(body, 'data'), 'alignedWords').filter(isJsonObject);
    assert.match(words.map((word) => textAt(word, 'word')).join(''), /^The sea is wide tonight 🌊\n海/);
    for (const [index, { startS }] of words.entries())
      assert.ok(Number(startS) >= Number(words[index - 1]?.['startS'] ?? 0) && Number(startS) < 20);
  } finally {
    await vendor.close();
    await composer.close();
    await rm(folder, { recursive: true });
  }
});
