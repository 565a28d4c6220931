import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import type { TestServer } from '../test-server.ts';
import {
  attachmentsOf,
  fetchVideo,
  imagine,
  press,
  runJob,
  runKieTask,
  runLinkrTask,
  imagineSingle,
  createFastTestServer,
  type FinishedJob,
} from '../run-jobs.ts';

const EXTEND = ['Extend (High motion)', 'Extend (Low motion)'];

/** Videos in both forms that Midjourney was seen to send. */
for (const videoResults of ['preview', 'videos'] as const) {
  describe(`videos, ${videoResults === 'preview' ? 'each chosen from a moving picture of all' : 'all in the result itself'}`, () => {
    let server: TestServer;
    before(async () => {
      server = await createFastTestServer();
      server.simulator.control.setSwitches({ videoResults });
    });
    after(() => server.close());
    afterEach(() => void server.simulator.control.setAccount(server.simulator.account.userId, { remix: false }));

    /** The marks of a job's videos. Fails unless each is a complete MP4 file of the stated size. */
    async function videosOf({ body }: FinishedJob): Promise<JsonObject[]> {
      const marks = [];
      for (const { url, content_type: contentType, width, height, size } of attachmentsOf(body)) {
        const video = await fetchVideo(url);
        assert.deepEqual([contentType, video.contentType, width, height, size], ['video/mp4', 'video/mp4', 16, 16, video.bytes.length]);
        marks.push(video.mark);
      }
      return marks;
    }

    test('Animate (High motion) and (Low motion): four videos of the picture', async () => {
      const one = await imagineSingle(server, 'a mill');
      for (const level of ['High', 'Low']) {
        const animated = await press(server, one, `Animate (${level} motion)`);
        assert.ok(animated.content.startsWith(`**a mill --motion ${level.toLowerCase()} --video 1** - `), animated.content);
        assert.equal(animated.body['parentJobId'], one.jobid);
        assert.deepEqual(animated.buttons, EXTEND);
        const marks = await videosOf(animated);
        assert.deepEqual(
          marks.map(({ index, prompt }) => [index, prompt]),
          [1, 2, 3, 4].map((index) => [index, `a mill --motion ${level.toLowerCase()} --video 1`]),
        );
        assert.equal(new Set(marks.map(({ job }) => job)).size, 1, 'all of one job');
      }
    });

    test('Extend: longer each time, until Midjourney offers no more', async () => {
      let video = await runJob(server, 'imagine', { prompt: 'https://example.com/start.png the wind --video --bs 1' });
      let bytes = 0;
      for (const button of ['Extend (High motion)', 'Extend (Low motion)', 'Extend (High motion)', 'Extend (Low motion)']) {
        assert.deepEqual(video.buttons, EXTEND);
        assert.equal((await videosOf(video)).length, 1);
        const longer = Number(attachmentsOf(video.body)[0]?.['size']);
        assert.ok(longer > bytes, 'longer');
        bytes = longer;
        const parent = video;
        video = await press(server, parent, button);
        assert.equal(video.body['parentJobId'], parent.jobid);
      }
      assert.deepEqual(video.buttons, []);
    });

    test('remix mode: Animate and Extend take a prompt', async () => {
      const one = await imagineSingle(server, 'a mill');
      server.simulator.control.setAccount(server.simulator.account.userId, { remix: true });
      const animated = await press(server, one, 'Animate (Low motion)', { prompt: 'snow begins to fall --bs 1' });
      assert.deepEqual(
        (await videosOf(animated)).map(({ prompt }) => prompt),
        ['snow begins to fall --motion low --bs 1 --video 1'],
      );
      const extended = await press(server, animated, 'Extend (High motion)', { prompt: 'the snow melts --bs 1' });
      assert.deepEqual(
        (await videosOf(extended)).map(({ prompt }) => prompt),
        ['the snow melts --motion high --bs 1 --video 1'],
      );
    });

    test('kie: mj_video gives the requested number of links; each can be extended', async () => {
      const generated = await runKieTask(server, 'generate', {
        taskType: 'mj_video',
        prompt: 'waves',
        fileUrls: ['https://example.com/start.png'],
        motion: 'low',
        videoBatchSize: 2,
      });
      const urls = listAt(generated, 'resultUrls');
      assert.equal(urls.length, 2);
      assert.deepEqual(await Promise.all(urls.map(async (url) => (await fetchVideo(url)).mark['index'])), [1, 2]);
      const taskId = textAt(generated, 'taskId');
      const extended = await runKieTask(server, 'generateVideoExtend', { taskId, taskType: 'mj_video_extend_auto', index: 1 });
      assert.equal(extended['successFlag'], 1);
      const links = listAt(objectAt(extended, 'resultInfoJson'), 'resultUrls');
      assert.deepEqual(
        links.map((link) => isJsonObject(link) && link['resultUrl']),
        listAt(extended, 'resultUrls'),
      );
      await fetchVideo(listAt(extended, 'resultUrls')[0]);
      const job = await server.atelier.store.getJob(textAt(extended, 'taskId'));
      assert.match(textAt(job?.input ?? {}, 'customId'), /^MJ::JOB::animate_high_extend::2::/);
    });

    test('linkr: the first video is the image_url, all are in videos', async () => {
      const task = await runLinkrTask(server, 'imagine', { prompt: 'https://example.com/start.png waves --video --bs 2' });
      const videos = listAt(task, 'videos');
      assert.equal(videos.length, 2);
      assert.deepEqual([task['image_url'], task['images'], task['grid_url']], [videos[0], [], null]);
      await fetchVideo(videos[1]);
      const extended = await runLinkrTask(server, 'action', { task_id: textAt(task, 'task_id'), action: 'Extend (Low motion)' });
      await fetchVideo(extended['image_url']);
    });

    test('the seed of a video is refused', async () => {
      const { jobid } = await imagine(server, 'waves --video --bs 1');
      const refused = await server.call('POST', '/v2/jobs/seed_async', { jobid });
      assert.deepEqual([refused.status, refused.body['error']], [400, `seed_async not supported for job ${jobid}`]);
    });
  });
}
