import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isJsonObject, listAt, textAt } from '@atelier/lib/json';
import type { TestServer } from '../test-server.ts';
import { fetchPicture, isPictureOf } from '../marked-picture.ts';
import { imagine, pictureOf, press, runKieTask, runLinkrTask, imagineSingle, createFastTestServer, type FinishedJob } from '../run-jobs.ts';

const GRID = ['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4'];
const SINGLE = [
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
];

/** The result of each button, checked by the mark, the size and the buttons of the new picture. */
describe('pictures: every verb over real sockets', () => {
  let server: TestServer;
  before(async () => {
    server = await createFastTestServer();
  });
  after(() => server.close());

  /** The picture of a job. Fails unless this job asked for it. */
  async function ownPicture(finished: FinishedJob): Promise<{ size: [number, number]; index: unknown; bytes: Buffer }> {
    const picture = await pictureOf(finished);
    assert.ok(isPictureOf(await server.atelier.store.getJob(finished.jobid), picture.mark), 'this job asked for the picture');
    return { size: [picture.width, picture.height], index: picture.mark['index'], bytes: picture.bytes };
  }

  test('imagine: the prompt comes back with Midjourney’s defaults; --ar gives the shape', async () => {
    const square = await imagine(server, 'a  red fox');
    assert.match(square.content, /^\*\*a red fox --v 7\.0\*\* - <@\d+> \(fast\)/);
    assert.deepEqual(square.buttons, GRID);
    assert.deepEqual((await ownPicture(square)).size, [32, 32]);
    const wide = await ownPicture(await imagine(server, 'a red fox --ar 2:1'));
    assert.deepEqual(wide.size, [32, 16]);
  });

  test('imagine with pictures: in front as image prompts, behind as references, in each dialect', async () => {
    const [image, style] = ['https://example.com/one.png', 'https://example.com/two.png'];
    const useapi = await imagine(server, `${image} a fox --sref ${style} --iw 2`);
    assert.match(useapi.content, /^\*\*<https:\/\/s\.mj\.run\/\w+> a fox --sref <https:\/\/s\.mj\.run\/\w+> --iw 2 --v 7\.0\*\* /);
    const common = { prompt: 'a fox', fileUrls: [image] };
    const expected = [
      ['mj_img2img', {}, /^<https:\/\/s\.mj\.run\/\w+> a fox --v 7\.0$/],
      ['mj_style_reference', {}, /^a fox --sref <https:\/\/s\.mj\.run\/\w+> --v 7\.0$/],
      ['mj_omni_reference', { ow: 120 }, /^a fox --oref <https:\/\/s\.mj\.run\/\w+> --ow 120 --v 7\.0$/],
      [
        'mj_txt2img',
        { aspectRatio: '2:1', version: '6.1', stylization: 50, speed: 'turbo' },
        /^a fox --ar 2:1 --v 6\.1 --stylize 50 --turbo$/,
      ],
    ] as const;
    for (const [taskType, more, prompt] of expected) {
      const task = await runKieTask(server, 'generate', { taskType, ...common, ...more });
      assert.equal(listAt(task, 'resultUrls').length, 4);
      // Pictures that were cut from a grid carry no mark.
      const job = await server.atelier.store.getJob(textAt(task, 'taskId'));
      assert.match(/^\*\*(.*)\*\* - /.exec(job?.output.message?.content ?? '')?.[1] ?? '', prompt);
    }
    const task = await runLinkrTask(server, 'imagine', { prompt: 'a fox', reference_image: image });
    assert.match(textAt((await fetchPicture(task['image_url'])).mark, 'prompt'), /^<https:\/\/s\.mj\.run\/\w+> a fox --v 7\.0$/);
  });

  test('U1–U4: one picture of four, and the parent names its children', async () => {
    const grid = await imagine(server, 'a lighthouse');
    const tiles = new Set<string>();
    const children: unknown[] = [];
    for (const index of [1, 2, 3, 4]) {
      const chosen = await press(server, grid, `U${index}`);
      const picture = await ownPicture(chosen);
      assert.deepEqual([picture.size, picture.index], [[16, 16], index]);
      assert.match(chosen.content, new RegExp(`^\\*\\*a lighthouse --v 7\\.0\\*\\* - Image #${index} <@`));
      assert.equal(chosen.body['parentJobId'], grid.jobid);
      assert.deepEqual(chosen.buttons, SINGLE);
      tiles.add(picture.bytes.toString('base64'));
      children.push([`U${index}`, chosen.jobid, chosen.body['messageId']]);
    }
    assert.equal(tiles.size, 4, 'four different pictures');
    const parent = await server.call('GET', `/v2/jobs/?jobid=${grid.jobid}`);
    assert.deepEqual(
      listAt(parent.body, 'children').map((child) => isJsonObject(child) && [child['button'], child['jobid'], child['messageId']]),
      children,
    );
  });

  test('V1–V4 and 🔄: a new grid of four each, over all three dialects', async () => {
    const grid = await imagine(server, 'a windmill');
    const seen = new Set([(await ownPicture(grid)).bytes.toString('base64')]);
    for (const [button, content] of [
      ['V1', /- Variations \(Strong\) by <@/],
      ['V2', /- Variations \(Strong\) by <@/],
      ['V3', /- Variations \(Strong\) by <@/],
      ['V4', /- Variations \(Strong\) by <@/],
      ['🔄', /^\*\*a windmill --v 7\.0\*\* - <@/],
    ] as const) {
      const made = await press(server, grid, button);
      assert.match(made.content, content);
      assert.deepEqual(made.buttons, GRID);
      const picture = await ownPicture(made);
      assert.deepEqual(picture.size, [32, 32]);
      seen.add(picture.bytes.toString('base64'));
    }
    assert.equal(seen.size, 6, 'each is another picture');

    const kie = await runKieTask(server, 'generate', { taskType: 'mj_txt2img', prompt: 'a windmill' });
    const upscaled = await runKieTask(server, 'generateUpscale', { taskId: textAt(kie, 'taskId'), imageIndex: 2 });
    assert.equal((await fetchPicture(listAt(upscaled, 'resultUrls')[0])).mark['index'], 3);
    assert.equal(
      listAt(await runKieTask(server, 'generateVary', { taskId: textAt(kie, 'taskId'), imageIndex: 0 }), 'resultUrls').length,
      4,
    );
    const task = await runLinkrTask(server, 'imagine', { prompt: 'a windmill' });
    for (const action of ['upsample4', 'variation1', 'reroll']) {
      assert.equal((await runLinkrTask(server, 'action', { task_id: textAt(task, 'task_id'), action }))['action'], action);
    }
  });

  test('vary, pan and zoom of one picture: a grid, in the right shape, in Midjourney’s words', async () => {
    const one = await imagineSingle(server, 'a harbour --ar 2:1');
    assert.deepEqual(one.buttons, SINGLE.toSpliced(SINGLE.indexOf('⬅️'), 0, 'Make Square'));
    for (const [button, words, shape] of [
      ['Vary (Strong)', 'Variations (Strong)', 'as before'],
      ['Vary (Subtle)', 'Variations (Subtle)', 'as before'],
      ['⬅️', 'Pan Left', 'wider'],
      ['➡️', 'Pan Right', 'wider'],
      ['⬆️', 'Pan Up', 'taller'],
      ['⬇️', 'Pan Down', 'taller'],
      ['Zoom Out 1.5x', 'Zoom Out', 'as before'],
      ['Zoom Out 2x', 'Zoom Out', 'as before'],
      ['Make Square', 'Zoom Out', 'square'],
    ] as const) {
      const made = await press(server, one, button);
      assert.ok(made.content.includes(`- ${words} by <@`), made.content);
      assert.deepEqual(made.buttons, GRID, button);
      const [width, height] = (await ownPicture(made)).size;
      const aspect = width / height;
      assert.equal(aspect > 2.01 ? 'wider' : aspect === 2 ? 'as before' : aspect === 1 ? 'square' : 'taller', shape, button);
    }
  });

  test('buttons work on the results of buttons, at every depth', async () => {
    let job = await imagineSingle(server, 'an island');
    const path = [job.jobid];
    for (const button of ['➡️', 'U2', 'Zoom Out 2x', 'V3', 'U1', 'Upscale (Subtle)', 'Redo Upscale (Creative)']) {
      const next = await press(server, job, button);
      assert.equal(next.body['parentJobId'], path.at(-1));
      path.push(next.jobid);
      job = next;
    }
    assert.match(job.content, /- Upscaled \(Creative\) by <@/);
    await ownPicture(job);
  });

  test('upscales are larger, and offer a redo', async () => {
    const modern = await imagineSingle(server, 'a castle');
    for (const button of ['Upscale (Subtle)', 'Upscale (Creative)']) {
      const large = await press(server, modern, button);
      assert.ok(large.content.includes(`- ${button.replace('Upscale', 'Upscaled')} by <@`), large.content);
      assert.deepEqual(
        [(await ownPicture(large)).size, large.buttons],
        [
          [32, 32],
          ['Redo Upscale (Subtle)', 'Redo Upscale (Creative)'],
        ],
      );
      assert.deepEqual((await ownPicture(await press(server, large, `Redo ${button}`))).size, [32, 32]);
    }
    const older = await imagineSingle(server, 'a castle --v 5.2');
    for (const [button, side] of [
      ['Upscale (2x)', 32],
      ['Upscale (4x)', 64],
    ] as const) {
      const large = await press(server, older, button);
      assert.deepEqual(
        [(await ownPicture(large)).size, large.buttons],
        [
          [side, side],
          ['Redo Upscale (2x)', 'Redo Upscale (4x)'],
        ],
      );
      assert.deepEqual((await ownPicture(await press(server, large, `Redo ${button}`))).size, [side, side]);
    }
  });

  test('old models: Make Variations and Remaster', async () => {
    const one = await imagineSingle(server, 'a castle --v 4');
    assert.deepEqual(one.buttons, ['Make Variations', 'Remaster']);
    const varied = await press(server, one, 'Make Variations');
    assert.deepEqual([(await ownPicture(varied)).size, varied.buttons], [[32, 32], GRID]);
    const anew = await press(server, one, 'Remaster');
    assert.match(anew.content, /- Remaster by <@/);
    assert.deepEqual((await ownPicture(anew)).size, [16, 16]);
  });

  test('the error for an unknown button lists the buttons of the job', async () => {
    const grid = await imagine(server, 'a fox');
    const reply = await server.call('POST', '/v2/jobs/button', { jobid: grid.jobid, button: 'Vary (Strong)' });
    assert.equal(reply.status, 400);
    assert.equal(reply.body['error'], `button Vary (Strong) not found in job ${grid.jobid} buttons ${JSON.stringify(GRID)}`);
  });
});
