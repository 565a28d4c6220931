import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import sharp from 'sharp';
import { isJsonObject, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { attachmentsOf, buttonsOf, embedOf, labelOf, createTestSimulator, textAt, type TestSimulator } from '../testing/client.ts';

const object = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});
const uuidOf = (message: JsonObject): string => /[0-9a-f-]{36}(?=\.png)/.exec(textAt(attachmentsOf(message)[0], 'filename'))?.[0] ?? '';
const labels = (message: JsonObject): string[] => buttonsOf(message).map(labelOf);
const textOf = (message: JsonObject): string => textAt(message, 'content');

describe('the other commands of the bot', () => {
  let harness: TestSimulator;
  before(async () => {
    harness = await createTestSimulator();
  });
  after(() => harness.close());
  beforeEach(() => {
    harness.simulator.control.reset();
    harness.simulator.control.setSwitches({ eventDelayMs: 0 });
  });

  const started = (nonce: string): Promise<JsonObject> => harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);

  const update = (id: unknown, matches: (message: JsonObject) => boolean = () => true): Promise<JsonObject> =>
    harness.socket.event('MESSAGE_UPDATE', (message) => message['id'] === id && matches(message));
  const picture = async (prompt: string): Promise<JsonObject> => {
    await harness.imagine(prompt);
    return harness.finished();
  };

  const upload = async (): Promise<string> => {
    const bytes = await sharp({ create: { width: 6, height: 4, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const { body } = await harness.rest('POST', `/channels/${harness.simulator.account.channelId}/attachments`, {
      files: [{ filename: 'a.png', file_size: bytes.byteLength, id: '0' }],
    });
    const list = object(body)['attachments'];
    const answer = object(Array.isArray(list) ? list[0] : undefined);
    await fetch(textAt(answer, 'upload_url'), { method: 'PUT', headers: { 'content-type': 'image/png' }, body: new Uint8Array(bytes) });
    return textAt(answer, 'upload_filename');
  };

  test('a picture from a shortened prompt does not show other users the ephemeral message that it replies to', async () => {
    const { nonce } = await harness.command('shorten', [{ type: 3, name: 'prompt', value: 'a very red fox in deep snow' }]);
    const analysis = await started(nonce);
    const filled = await update(analysis['id']);
    const opened = await harness.press(filled, '1️⃣');
    const modal = await harness.socket.event('INTERACTION_MODAL_CREATE', (event) => event['nonce'] === opened.nonce);
    const start = await started((await harness.submit(modal, 'a red fox')).nonce);
    assert.deepEqual([object(start['message_reference'])['message_id'], start['referenced_message']], [analysis['id'], null]);
    await harness.finished();
  });

  test('stealth shows in tags and in /info, from the account or the prompt', async () => {
    const { account, control } = harness.simulator;
    control.setAccount(account.userId, { stealth: true });
    await harness.imagine('a fox');
    assert.match(textAt(await harness.finished(), 'content'), / \(fast, stealth\)\n/);
    await harness.imagine('a fox --public');
    assert.match(textAt(await harness.finished(), 'content'), / \(fast\)\n/);
    await harness.command('info');
    const filled = await harness.socket.event('MESSAGE_UPDATE', (message) => 'title' in embedOf(message));
    assert.match(textAt(embedOf(filled), 'description'), /\n\*\*Visibility Mode\*\*: Stealth\n/);
  });

  test('/blend names the uploads in its start message and short links later', async () => {
    const attachments = [
      { id: '0', filename: 'a.png', uploaded_filename: await upload() },
      { id: '1', filename: 'b.png', uploaded_filename: await upload() },
    ];
    const { nonce } = await harness.command(
      'blend',
      [
        { type: 11, name: 'image1', value: 0 },
        { type: 11, name: 'image2', value: 1 },
        { type: 3, name: 'dimensions', value: '--ar 2:3' },
      ],
      attachments,
    );
    const start = await started(nonce);
    assert.match(textOf(start), /^\*\*<http:\/\/[^>]+\/ephemeral-attachments\/[^>]+> <[^>]+> --ar 2:3 --v 7\.0\*\* - /);
    assert.equal(object(start['interaction'])['name'], 'blend');
    assert.match(textOf(await harness.finished()), /^\*\*<https:\/\/s\.mj\.run\/\w+> <https:\/\/s\.mj\.run\/\w+> --ar 2:3 --v 7\.0\*\* - /);
  });

  test('/describe fills an ephemeral message with four prompts, each of which leads to a form', async () => {
    const { nonce } = await harness.command(
      'describe',
      [{ type: 11, name: 'image', value: '0' }],
      [{ id: '0', filename: 'a.png', uploaded_filename: await upload() }],
    );
    const thinking = await started(nonce);
    assert.deepEqual([thinking['flags'], thinking['content'], 'guild_id' in thinking, 'member' in thinking], [64 | 128, '', false, false]);
    const filled = await update(thinking['id']);
    assert.deepEqual([filled['flags'], 'nonce' in filled, object(filled['interaction'])['name']], [64, false, 'describe']);
    const embed = embedOf(filled);
    assert.equal(textAt(embed, 'description').split('\n\n').length, 4);
    assert.match(textAt(embed, 'description'), /^1️⃣ .* --ar 3:2\n\n2️⃣ /);
    assert.match(textAt(object(embed['image']), 'url'), /\/ephemeral-attachments\/.*a\.png/);
    assert.equal((await fetch(textAt(object(embed['image']), 'url'))).status, 200);
    assert.deepEqual(labels(filled), ['1️⃣', '2️⃣', '3️⃣', '4️⃣', '🔄', 'Imagine all']);
    const opened = await harness.press(filled, '2️⃣');
    const modal = await harness.socket.event('INTERACTION_MODAL_CREATE', (event) => event['nonce'] === opened.nonce);
    assert.equal(modal['custom_id'], 'MJ::Picreader::Modal::2');
    await harness.submit(modal, 'as described');
    assert.match(textOf(await harness.finished()), /^\*\*as described --v 7\.0\*\*/);
    await harness.press(filled, '🔄');
    assert.notEqual(embedOf(await update(thinking['id']))['description'], embed['description']);
    await harness.press(filled, 'Imagine all');
    for (let count = 0; count < 4; count += 1) await harness.finished();
    const history = await harness.rest('GET', `/channels/${harness.simulator.account.channelId}/messages?limit=100`);
    assert.ok(
      Array.isArray(history.body) && !history.body.some((message) => object(message)['id'] === thinking['id']),
      'ephemeral messages are not in the history',
    );
  });

  test('/shorten offers shorter prompts', async () => {
    const { nonce } = await harness.command('shorten', [
      { type: 3, name: 'prompt', value: 'please draw a very beautiful red fox in the deep winter snow' },
    ]);
    const filled = await update((await started(nonce))['id']);
    assert.match(textAt(embedOf(filled), 'description'), /Shortened prompts\*\*\n1️⃣ \S/);
    const opened = await harness.press(filled, '1️⃣');
    const modal = await harness.socket.event('INTERACTION_MODAL_CREATE', (event) => event['nonce'] === opened.nonce);
    assert.equal(modal['custom_id'], `MJ::ImagineModal::${textAt(filled, 'id')}`);
  });

  test('/info has the lines of the recorded answer in their order', async () => {
    const { nonce } = await harness.command('info');
    const filled = await update((await started(nonce))['id']);
    const embed = embedOf(filled);
    assert.deepEqual(Object.keys(embed), ['type', 'title', 'description', 'content_scan_version', 'color']);
    assert.deepEqual([embed['type'], embed['title'], embed['content_scan_version'], embed['color']], ['rich', 'Your info - Atelier', 0, 0]);
    const lines = textAt(embed, 'description')
      .replaceAll(/\d{5,}/g, '#')
      .split('\n');
    assert.deepEqual(lines, [
      '**User ID**: #',
      '**Subscription**: Mega (Active monthly, renews next on <t:#>)',
      '**Visibility Mode**: Public',
      '**Fast Time Remaining**: 60.0/60.0 hours (100%)',
      '**Lifetime Usage**: 0 images (0.00 hours)',
      '**Relaxed Usage**: 0 images (0.00 hours)',
      '',
      '**Queued Jobs (fast)**: 0',
      '**Queued Jobs (relax)**: 0',
      '**Running Jobs**: None',
    ]);
  });

  test('modes, preferences and settings change the next jobs', async () => {
    const { nonce } = await harness.command('relax');
    const done = await started(nonce);
    assert.deepEqual([textOf(done).startsWith('Done! '), done['flags']], [true, 64]);
    assert.match(textOf(await picture('a fox')), / \(relaxed\)\n/);
    const remix = await harness.command('prefer', [{ type: 1, name: 'remix', options: [] }]);
    const turned = await update((await started(remix.nonce))['id']);
    assert.deepEqual([textOf(turned).startsWith('Remix mode turned on!'), object(turned['interaction'])['name']], [true, 'prefer remix']);
    const variability = await harness.command('prefer', [{ type: 1, name: 'variability', options: [] }]);
    assert.match(textOf(await update((await started(variability.nonce))['id'])), /^High variability mode turned off!/);
    await harness.command('prefer', [{ type: 1, name: 'suffix', options: [{ type: 3, name: 'new_value', value: '--s 50' }] }]);
    const asked = await harness.command('settings');
    const settings = await update((await started(asked.nonce))['id']);
    const on = (message: JsonObject): string[] =>
      buttonsOf(message)
        .filter(({ style }) => style === 3)
        .map(labelOf);
    assert.deepEqual(on(settings), ['Remix mode', 'Low Variation Mode', 'Relax mode']);
    assert.match(textOf(await picture('a fox')), /^\*\*a fox --s 50 --v 7\.0\*\*/);
    await harness.press(settings, 'Reset Settings');
    assert.deepEqual(on(await update(settings['id'])), ['High Variation Mode', 'Fast mode']);
  });

  test('/show repeats a finished job; an unknown one is refused', async () => {
    const grid = await picture('a fox');
    const { nonce } = await harness.command('show', [{ type: 3, name: 'job_id', value: uuidOf(grid) }]);
    const again = await started(nonce);
    assert.deepEqual([again['content'], labels(again), uuidOf(again)], [grid['content'], labels(grid), uuidOf(grid)]);
    const unknown = await harness.command('show', [{ type: 3, name: 'job_id', value: 'x' }]);
    assert.equal(embedOf(await started(unknown.nonce))['title'], 'Invalid request');
  });

  test('an envelope on a finished picture brings its seed as a direct message', async () => {
    const grid = await picture('a fox --seed 4711');
    await harness.rest(
      'PUT',
      `/channels/${harness.simulator.account.channelId}/messages/${textAt(grid, 'id')}/reactions/${encodeURIComponent('✉️')}/@me`,
    );
    const answer = await harness.socket.event('MESSAGE_CREATE', (message) => textOf(message).includes('**seed**'));
    assert.equal(textOf(answer), `**a fox --seed 4711 --v 7.0**\n**Job ID**: ${uuidOf(grid)}\n**seed** 4711`);
    assert.deepEqual([attachmentsOf(answer).length, 'guild_id' in answer], [4, false]);
  });
});
