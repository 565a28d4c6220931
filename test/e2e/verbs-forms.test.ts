import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { textAt } from '@atelier/lib/json';
import type { TestServer } from '../test-server.ts';
import { imagine, pictureOf, press, runLinkrTask, imagineSingle, createFastTestServer, type FinishedJob } from '../run-jobs.ts';

/** Buttons that open a form or a page first: Custom Zoom always, Vary (Region) in an editor, the others in remix mode. */
describe('forms that a button shows before its job', () => {
  let server: TestServer;
  before(async () => {
    server = await createFastTestServer();
  });
  after(() => server.close());
  const userId = (): string => server.simulator.account.userId;
  const remix = (on: boolean): void => void server.simulator.control.setAccount(userId(), { remix: on });
  afterEach(() => remix(false));

  const promptOf = async (finished: FinishedJob): Promise<string> => textAt((await pictureOf(finished)).mark, 'prompt');

  test('Custom Zoom takes a prompt with --zoom, and is refused without one', async () => {
    const one = await imagineSingle(server, 'a valley');
    const zoomed = await press(server, one, 'Custom Zoom', { prompt: 'a valley in a frame --zoom 1.8' });
    assert.match(zoomed.content, /^\*\*a valley in a frame --zoom 1\.8 --v 7\.0\*\* - Zoom Out by <@/);
    const same = await press(server, one, 'Zoom Out 2x');
    assert.notDeepEqual((await pictureOf(zoomed)).bytes, (await pictureOf(same)).bytes);

    const none = await server.call('POST', '/v2/jobs/button', { jobid: one.jobid, button: 'Custom Zoom' });
    assert.deepEqual([none.status, none.body['error']], [400, 'prompt is missing']);
    const flat = await server.call('POST', '/v2/jobs/button', { jobid: one.jobid, button: 'Custom Zoom', prompt: 'a valley' });
    assert.deepEqual([flat.status, flat.body['error']], [422, 'Invalid parameter']);
  });

  test('remix mode: V, vary, pan and 🔄 take a prompt, or keep the prompt of their job', async () => {
    const grid = await imagine(server, 'a boat');
    const one = await press(server, grid, 'U1');
    remix(true);
    for (const [from, button, words] of [
      [grid, 'V2', 'Remix (Strong)'],
      [one, 'Vary (Strong)', 'Remix (Strong)'],
      [one, 'Vary (Subtle)', 'Remix (Subtle)'],
      [one, '⬅️', 'Pan Left'],
      [one, '➡️', 'Pan Right'],
      [one, '⬆️', 'Pan Up'],
      [one, '⬇️', 'Pan Down'],
      [grid, '🔄', ''],
    ] as const) {
      const prompt = `a boat made of paper, ${button.charCodeAt(0)}`;
      const remixed = await press(server, from, button, { prompt });
      assert.equal(await promptOf(remixed), `${prompt} --v 7.0`, button);
      assert.equal(remixed.body['prompt'], prompt);
      assert.ok(remixed.content.startsWith(`**${prompt} --v 7.0** - ${words === '' ? '' : `${words} by `}<@`), remixed.content);
    }
    assert.equal(await promptOf(await press(server, grid, 'V2')), 'a boat --v 7.0', 'the form’s own proposal');
    remix(false);
    assert.equal(await promptOf(await press(server, grid, 'V3', { prompt: 'unheard' })), 'a boat --v 7.0', 'no form, no prompt');
  });

  test('a prompt that Midjourney refuses in a form fails that job alone', async () => {
    const grid = await imagine(server, 'a boat');
    remix(true);
    const refused = await server.call('POST', '/v2/jobs/button', { jobid: grid.jobid, button: 'V1', prompt: 'a boat --size 3' });
    assert.deepEqual([refused.status, refused.body['errorDetails']], [422, 'Unrecognized parameter(s): `size`']);
  });

  test('Vary (Region) paints only the white part of the mask again', async () => {
    const one = await imagineSingle(server, 'a meadow');
    const mask = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'black' } })
      .composite([{ input: { create: { width: 32, height: 64, channels: 3, background: 'white' } }, left: 32, top: 0 }])
      .png()
      .toBuffer();
    const varied = await press(server, one, 'Vary (Region)', { mask: mask.toString('base64'), prompt: 'a cottage' });
    assert.match(varied.content, /^\*\*a cottage --v 7\.0\*\* - Variations \(Region\) by <@/);
    const grid = await pictureOf(varied);
    assert.deepEqual([grid.width, grid.height, grid.mark['prompt']], [32, 32, 'a cottage --v 7.0']);
    const original = await pixels((await pictureOf(one)).bytes, { left: 0, top: 0, width: 16, height: 16 });
    const [kept, anew] = [original.map((row) => row.slice(0, 21)), original.map((row) => row.slice(27))];
    const tile = await pixels(grid.bytes, { left: 16, top: 16, width: 16, height: 16 });
    assert.deepEqual(
      tile.map((row) => row.slice(0, 21)),
      kept,
      'the left half is the old picture',
    );
    assert.notDeepEqual(
      tile.map((row) => row.slice(27)),
      anew,
    );
    assert.equal((await press(server, varied, 'U2')).body['parentJobId'], varied.jobid, 'it goes on from there');
  });

  test('Vary (Region) is refused without a mask, and fails clearly with one that Midjourney’s editor does not take', async () => {
    const one = await imagineSingle(server, 'a meadow');
    const none = await server.call('POST', '/v2/jobs/button', { jobid: one.jobid, button: 'Vary (Region)' });
    assert.deepEqual([none.status, none.body['error']], [400, 'mask is missing']);
    const bad = await server.call('POST', '/v2/jobs/button', { jobid: one.jobid, button: 'Vary (Region)', mask: 'bm8gcGljdHVyZQ==' });
    assert.deepEqual(
      [bad.status, bad.body['error'], bad.body['errorDetails']],
      [500, 'Midjourney’s editor for Vary (Region) did not take the mask', 'It answered with HTTP status 400.'],
    );
  });

  test('linkr, without prompt and mask, gets an error that names the missing one', async () => {
    const grid = await runLinkrTask(server, 'imagine', { prompt: 'a meadow' });
    const one = await runLinkrTask(server, 'action', { task_id: textAt(grid, 'task_id'), action: 'upsample1' });
    for (const [action, error] of [
      ['Custom Zoom', /^Custom Zoom needs a prompt/],
      ['Vary (Region)', /^Vary \(Region\) needs a mask/],
    ] as const) {
      const reply = await server.call('POST', '/v1/action', { task_id: textAt(one, 'task_id'), action });
      const failed = await server.waitForJob(textAt(reply.body, 'task_id'), ({ status }) => status === 'moderated');
      assert.match(textAt((await server.call('GET', `/v1/fetch/${failed.id}`)).body, 'error'), error);
    }
  });
});

/** The colour values of a part of a picture, one row in each list. */
async function pixels(bytes: Buffer, part: { left: number; top: number; width: number; height: number }): Promise<number[][]> {
  const data = await sharp(bytes).removeAlpha().extract(part).raw().toBuffer();
  return Array.from({ length: part.height }, (_none, row) => [...data.subarray(row * part.width * 3, (row + 1) * part.width * 3)]);
}
