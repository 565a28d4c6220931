import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import sharp from 'sharp';
import { isJsonObject, parseJson, type JsonObject, type JsonValue } from '@atelier/lib/json';
import type { Scene } from '../art/painter.ts';
import { attachmentsOf, buttonsOf, embedOf, labelOf, createTestSimulator, textAt, type TestSimulator } from '../testing/client.ts';
import { createTestPainter } from '../testing/painter.ts';

const object = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});
const uuidOf = (message: JsonObject): string => /[0-9a-f-]{36}(?=\.png)/.exec(textAt(attachmentsOf(message)[0], 'filename'))?.[0] ?? '';
const labels = (message: JsonObject): string[] => buttonsOf(message).map(labelOf);
const textOf = (message: JsonObject): string => textAt(message, 'content');
const FOOTER = '\n-# Create, explore, and organize on [midjourney.com](<https://midjourney.com/imagine?from_discord=1>)';

describe('pictures and their buttons', () => {
  let harness: TestSimulator;
  let mention: string;
  before(async () => {
    harness = await createTestSimulator();
    mention = `<@${harness.simulator.account.userId}>`;
  });
  after(() => harness.close());
  beforeEach(() => {
    harness.simulator.control.reset();
    harness.simulator.control.setSwitches({ eventDelayMs: 0 });
  });

  const started = (nonce: string): Promise<JsonObject> => harness.socket.event('MESSAGE_CREATE', (message) => message['nonce'] === nonce);
  const removed = (id: unknown): Promise<JsonObject> => harness.socket.event('MESSAGE_DELETE', (message) => message['id'] === id);
  const update = (id: unknown, matches: (message: JsonObject) => boolean = () => true): Promise<JsonObject> =>
    harness.socket.event('MESSAGE_UPDATE', (message) => message['id'] === id && matches(message));
  const picture = async (prompt: string): Promise<JsonObject> => {
    await harness.imagine(prompt);
    return harness.finished();
  };
  const single = async (prompt: string): Promise<JsonObject> => {
    await harness.press(await picture(prompt), 'U1');
    return harness.finished();
  };
  const markOf = async (message: JsonObject): Promise<JsonObject> => {
    const response = await fetch(textAt(attachmentsOf(message)[0], 'url'));
    const { exif } = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
    const text = /\{.*\}/s.exec(exif?.toString('utf8') ?? '')?.[0] ?? '';
    const parsed = parseJson(text);
    return parsed.ok ? object(parsed.value) : {};
  };

  test('takes /imagine from the start message over seven steps to the finished grid', async () => {
    const { nonce } = await harness.imagine('a red  fox --ar 3:2');
    const created = await harness.socket.event('INTERACTION_CREATE', (event) => event['nonce'] === nonce);
    const start = await started(nonce);
    const succeeded = await harness.socket.event('INTERACTION_SUCCESS', (event) => event['nonce'] === nonce);
    assert.equal(succeeded['id'], created['id']);
    assert.equal(textOf(start), `**a red fox --ar 3:2 --v 7.0** - ${mention} (Waiting to start)`);
    assert.deepEqual(
      [start['type'], start['application_id'], object(start['interaction'])['name'], object(start['interaction_metadata'])['id']],
      [20, '936929561302675456', 'imagine', created['id']],
    );
    for (const percent of [0, 15, 31, 46, 62, 78, 93]) {
      const progress = await update(start['id']);
      assert.equal(textOf(progress), `**a red fox --ar 3:2 --v 7.0** - ${mention} (${percent}%) (fast)`);
      assert.ok(!('nonce' in progress), 'updates carry no nonce');
      assert.deepEqual(labels(progress), ['Cancel Job']);
      if (percent > 0) assert.match(textAt(attachmentsOf(progress)[0], 'filename'), /^[0-9a-f-]{36}_grid_0\.webp$/);
    }
    const final = await harness.finished();
    await removed(start['id']);
    assert.equal(textOf(final), `**a red fox --ar 3:2 --v 7.0** - ${mention} (fast)${FOOTER}`);
    assert.ok(final['nonce'] !== undefined && final['nonce'] !== nonce, 'a new nonce');
    assert.match(textAt(attachmentsOf(final)[0], 'filename'), /^atelier_a_red_fox_[0-9a-f-]{36}\.png$/);
    assert.deepEqual(labels(final), ['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4']);
    assert.deepEqual(await markOf(final), { job: uuidOf(final), prompt: 'a red fox --ar 3:2 --v 7.0', nonce, index: 0 });
    const { body } = await harness.rest('GET', `/channels/${harness.simulator.account.channelId}/messages?limit=1`);
    assert.equal(Array.isArray(body) && object(body[0])['id'], final['id']);
  });

  test('U chooses one picture: a reply with a new id; the button turns blue', async () => {
    const grid = await picture('a fox');
    harness.simulator.control.setSwitches({ upscaleStart: 'never' });
    const { nonce } = await harness.press(grid, 'U3');
    const chosen = await harness.finished();
    assert.equal(textOf(chosen), `**a fox --v 7.0** - Image #3 ${mention}${FOOTER}`);
    assert.deepEqual(
      [chosen['type'], object(chosen['message_reference'])['message_id'], object(chosen['referenced_message'])['id']],
      [19, grid['id'], grid['id']],
    );
    assert.notEqual(uuidOf(chosen), uuidOf(grid));
    assert.deepEqual(await markOf(chosen), { job: uuidOf(chosen), prompt: 'a fox --v 7.0', nonce, index: 3 });
    assert.deepEqual(labels(chosen), [
      'Upscale (Subtle)',
      'Upscale (Creative)',
      'Vary (Subtle)',
      'Vary (Strong)',
      'Vary (Region)',
      'Zoom Out 2x',
      'Zoom Out 1.5x',
      'Custom Zoom',
      '⬅️',
      '➡️',
      '⬆️',
      '⬇️',
      'Animate (High motion)',
      'Animate (Low motion)',
      '❤️',
      'Web',
    ]);
    const marked = await update(grid['id']);
    assert.deepEqual(
      buttonsOf(marked)
        .filter(({ style }) => style === 1)
        .map(labelOf),
      ['U3'],
    );
    harness.simulator.control.setSwitches({ upscaleStart: 'always' });
    const again = await harness.press(grid, 'U4');
    const start = await started(again.nonce);
    assert.equal(textOf(start), `Upscaling image #4 with **a fox --v 7.0** - ${mention} (Waiting to start)`);
    await harness.finished();
    await removed(start['id']);
  });

  test('a button paints its result from the scene of its picture', async () => {
    const painter = createTestPainter();
    const scenes = painter.imagine('a fox', { seed: 5, aspect: 2 });
    const [, second, third] = scenes;
    assert.ok(second && third);
    const pixels = async (message: JsonObject): Promise<Buffer> =>
      sharp(Buffer.from(await (await fetch(textAt(attachmentsOf(message)[0], 'url'))).arrayBuffer()))
        .raw()
        .toBuffer();
    const painted = async (scene: Scene): Promise<Buffer> =>
      sharp((await painter.single(scene, { tilePixels: 8, mark: 'x' })).bytes)
        .raw()
        .toBuffer();
    const grid = await picture('a fox --seed 5 --ar 2:1');
    await harness.press(grid, 'U3');
    const chosen = await harness.finished();
    assert.deepEqual(await pixels(chosen), await painted(third));
    await harness.press(chosen, 'Upscale (Subtle)');
    assert.deepEqual(await pixels(await harness.finished()), await painted(third));
    await harness.press(chosen, 'Zoom Out 1.5x');
    await harness.press(await harness.finished(), 'U1');
    assert.deepEqual(await pixels(await harness.finished()), await painted(painter.zoomOut(third, 1.5)));
    await harness.press(chosen, '➡️');
    await harness.press(await harness.finished(), 'U1');
    assert.deepEqual(await pixels(await harness.finished()), await painted(painter.pan(third, 'right')));
  });

  test('V, re-roll, vary, zoom, pan and upscale are replies with a start message and a text that names them', async () => {
    const grid = await picture('a fox --ar 3:2');
    await harness.press(grid, 'U1');
    const one = await harness.finished();
    const cases: [JsonObject, string, string, string][] = [
      [
        grid,
        'V2',
        `Making variations for image #2 with prompt **a fox --ar 3:2 --v 7.0** - ${mention} (Waiting to start)`,
        'Variations (Strong) by ',
      ],
      [grid, '🔄', `**a fox --ar 3:2 --v 7.0** - ${mention} (Waiting to start)`, ''],
      [
        one,
        'Vary (Subtle)',
        `Making variations for image #1 with prompt **a fox --ar 3:2 --v 7.0** - ${mention} (Waiting to start)`,
        'Variations (Subtle) by ',
      ],
      [one, 'Zoom Out 2x', `**a fox --ar 3:2 --v 7.0** - Zoom Out by ${mention} (Waiting to start)`, 'Zoom Out by '],
      [one, 'Make Square', `**a fox --ar 3:2 --v 7.0** - Zoom Out by ${mention} (Waiting to start)`, 'Zoom Out by '],
      [one, '⬅️', `**a fox --ar 3:2 --v 7.0** - Pan Left by ${mention} (Waiting to start)`, 'Pan Left by '],
      [one, 'Upscale (Subtle)', `**a fox --ar 3:2 --v 7.0** - Upscaling by ${mention} (Waiting to start)`, 'Upscaled (Subtle) by '],
    ];
    for (const [source, label, waiting, action] of cases) {
      const { nonce, status } = await harness.press(source, label);
      assert.equal(status, 204, label);
      const start = await started(nonce);
      assert.equal(textOf(start), waiting);
      const metadata = object(start['interaction_metadata']);
      assert.deepEqual(
        [metadata['type'], metadata['interacted_message_id'], object(start['message_reference'])['message_id']],
        [3, source['id'], source['id']],
      );
      const final = await harness.finished((message) => object(message['message_reference'])['message_id'] === source['id']);
      assert.equal(textOf(final), `**a fox --ar 3:2 --v 7.0** - ${action}${mention} (fast)${FOOTER}`);
      await removed(start['id']);
    }
  });

  test('an upscaled picture can only be upscaled again', async () => {
    await harness.press(await single('a fox --v 6.1'), 'Upscale (Creative)');
    const upscaled = await harness.socket.event('MESSAGE_CREATE', (message) => textOf(message).includes('Upscaled (Creative)'));
    assert.deepEqual(labels(upscaled), ['Redo Upscale (Subtle)', 'Redo Upscale (Creative)', '❤️', 'Web']);
    assert.match(textAt(buttonsOf(upscaled)[0], 'custom_id'), /^MJ::JOB::upsample_v6r1_2x_subtle::1::/);
    await harness.press(upscaled, 'Redo Upscale (Subtle)');
    await harness.socket.event('MESSAGE_CREATE', (message) => textOf(message).includes('Upscaled (Subtle)'));
  });

  test('Custom Zoom shows a form, requires --zoom in it, and the job has the nonce of the form', async () => {
    const one = await single('a fox');
    const opened = await harness.press(one, 'Custom Zoom');
    const modal = await harness.socket.event('INTERACTION_MODAL_CREATE', (event) => event['nonce'] === opened.nonce);
    const succeeded = await harness.socket.event('INTERACTION_SUCCESS', (event) => event['nonce'] === opened.nonce);
    assert.equal(succeeded['id'], modal['id']);
    assert.equal(modal['custom_id'], `MJ::OutpaintCustomZoomModal::${uuidOf(one)}`);
    assert.match(JSON.stringify(modal['components']), /"value":"a fox --v 7\.0 --zoom 2"/);
    const { nonce } = await harness.submit(modal, 'a fox --zoom 1.8');
    const start = await started(nonce);
    assert.equal(textOf(start), `**a fox --zoom 1.8 --v 7.0** - Zoom Out by ${mention} (Waiting to start)`);
    const metadata = object(start['interaction_metadata']);
    assert.deepEqual([metadata['type'], object(metadata['triggering_interaction_metadata'])['id']], [5, modal['id']]);
    assert.equal((await markOf(await harness.finished()))['nonce'], nonce);
    assert.equal((await harness.submit(modal, 'a fox --zoom 1.8')).status, 404, 'a form is sent once');
    const second = await harness.press(one, 'Custom Zoom');
    const again = await harness.socket.event('INTERACTION_MODAL_CREATE', (event) => event['nonce'] === second.nonce);
    const refused = await harness.submit(again, 'a fox');
    assert.equal(embedOf(await started(refused.nonce))['title'], 'Invalid parameter');
  });

  test('in remix mode V, 🔄 and pan ask for a prompt first', async () => {
    const grid = await picture('a fox');
    await harness.press(grid, 'U1');
    const one = await harness.finished();
    harness.simulator.control.setAccount(harness.simulator.account.userId, { remix: true });
    for (const [source, label, form] of [
      [grid, 'V3', 'MJ::RemixModal::'],
      [grid, '🔄', 'MJ::ImagineModal::'],
      [one, '⬆️', 'MJ::PanModal::up::'],
      [one, 'Vary (Subtle)', 'MJ::RemixModal::'],
    ] as const) {
      const opened = await harness.press(source, label);
      const modal = await harness.socket.event('INTERACTION_MODAL_CREATE', (event) => event['nonce'] === opened.nonce);
      assert.ok(textAt(modal, 'custom_id').startsWith(form));
      await harness.submit(modal, 'a blue fox');
      assert.match(textOf(await harness.finished()), /^\*\*a blue fox --v 7\.0\*\* - /);
    }
    await harness.press(one, 'Zoom Out 2x');
    assert.match(textOf(await harness.finished()), /^\*\*a fox --v 7\.0\*\* - Zoom Out/, 'a zoom does not ask');
  });

  test('Cancel Job ends a job; ❤️ does nothing', async () => {
    harness.simulator.control.queueScenario(harness.simulator.account.userId, 'stall');
    const { nonce } = await harness.imagine('a fox');
    const start = await started(nonce);
    const progress = await update(start['id'], (message) => textOf(message).includes('(31%)'));
    await harness.press(progress, 'Cancel Job');
    const stopped = await update(start['id'], (message) => textOf(message).includes('Stopped'));
    assert.equal(textOf(stopped), `**a fox --v 7.0** - ${mention} (Stopped)`);
    assert.deepEqual(harness.simulator.control.jobs(), []);
    const liked = await harness.press(await single('a fox'), '❤️');
    await harness.socket.event('INTERACTION_SUCCESS', (event) => event['nonce'] === liked.nonce);
  });
});
