import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { request } from 'undici';
import { created, gone, notice, plainScript, PRIVATE_ANSWER, progress, result, scriptOf, startedThen, succeeded } from './scripted/bot.ts';
import { playFor } from './scripted/scripted-discord.ts';
import { readScript, type Script } from './scripted/steps.ts';
import { isFields, listOf, textOf } from './scripted/wire.ts';
import { expectFailure, expectPicture, readPictures } from './expect.ts';
import { AT_ONCE, type EndedJob, MINUTES, type Row, testRow } from './row.ts';

/** All texts that a value has anywhere. */
const textsOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : Array.isArray(value)
      ? value.flatMap(textsOf)
      : isFields(value)
        ? Object.values(value).flatMap(textsOf)
        : [];

/** MJ-28: a prompt that makes the bot ask back never reaches it. */
describe('prompts that would make the bot ask back', AT_ONCE, () => {
  const prompts: Record<string, number> = {
    'a {red, blue} fox': 2,
    'a fox --repeat 3': 3,
    'a {red, blue, green} fox in {rain, snow}': 6,
    'a fox --r 2': 2,
    'a fox --ar {3:2, 1:1} --v 7': 2,
  };
  for (const [prompt, count] of Object.entries(prompts)) {
    testRow(`MJ-28: ${prompt}`, {}, async (row) => {
      row.discord.respondWith(playFor(plainScript()));
      const answer = await row.server.call('POST', '/jobs', { verb: 'imagine', prompt });
      if (answer.status >= 400) {
        assert.match(textOf(answer.body['detail']), /\w+ \w+ \w+/, 'a sentence');
        assert.equal(row.asked(), 0);
        return;
      }
      await row.until(`${count} jobs were asked for`, () => row.asked() === count);
      await row.until('all have ended', async () =>
        listOf((await row.server.call('GET', '/jobs')).body['items']).every(({ isFinal }) => isFinal === true),
      );
      const jobs = listOf((await row.read(textOf(answer.body['id'])))['children']);
      assert.equal(jobs.length, count, 'jobs with one parent');
      for (const { status } of jobs) assert.equal(status, 'completed');
      for (const interaction of row.discord.interactions) assert.doesNotMatch(interaction.prompt, /[{}]|--r(epeat)?\b/);
      assert.equal(new Set(row.discord.interactions.map((interaction) => interaction.prompt)).size, prompt.includes('{') ? count : 1);
    });
  }

  for (const [path, body] of [
    ['/v2/jobs/imagine', { prompt: 'a {red, blue} fox' }],
    ['/v1/imagine', { prompt: 'a fox --repeat 3' }],
  ] as const) {
    testRow(`MJ-28, in the dialect of ${path}`, {}, async (row) => {
      row.discord.respondWith(playFor(plainScript()));
      await row.server.call('POST', path, body);
      await row.pass(5_000);
      for (const interaction of row.discord.interactions) assert.doesNotMatch(interaction.prompt, /[{}]|--repeat/);
    });
  }

  const asked = readScript('mj-asks-back');
  const questions: Record<string, { script: Script; words: string }> = {
    'MJ-28: the bot asks back all the same': { script: { ...asked, prompt: 'a fox' }, words: 'This prompt makes 2 jobs. Go on?' },
    'MJ-28, a question in plain text': {
      script: {
        ...asked,
        prompt: 'a fox',
        steps: asked.steps.map((step) =>
          step.event === 'MESSAGE_CREATE' ? { ...step, data: { ...step.data, embeds: [], content: 'Do you really want this?' } } : step,
        ),
      },
      words: 'Do you really want this?',
    },
    'MJ-28, a question with other labels': {
      script: {
        ...asked,
        prompt: 'a fox',
        steps: JSON.parse(
          JSON.stringify(asked.steps).replaceAll('"Yes"', '"Start all"').replaceAll('"Cancel"', '"No, thanks"'),
        ) as Script['steps'],
      },
      words: 'This prompt makes 2 jobs. Go on?',
    },
  };
  for (const [name, { script, words }] of Object.entries(questions)) {
    testRow(name, { script }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      expectFailure(job, { status: ['failed', 'moderated'], words: [words] });
      assert.ok(job.tookMs < 15_000, `at once, not after ${job.tookMs} ms`);
      assert.equal(row.asked('button'), 0, 'no button was pressed');
      assert.equal(row.asked(), 1);
    });
  }
});

/** A job keeps its failure, and its record shows the picture that came after it. */
async function expectLatePicture(row: Row, job: EndedJob): Promise<void> {
  const [interaction] = await row.requestsOf(job.id);
  assert.ok(interaction);
  const isShown = async (): Promise<boolean> => {
    const wanted = await row.discord.pictureOf(interaction.scope).catch(() => undefined);
    const urls = textsOf(await row.read(job.id)).filter((text) => text.includes('/assets/') && text.startsWith('http'));
    const shown = await Promise.all(urls.map(async (url) => Buffer.from(await (await request(url)).body.arrayBuffer())));
    return wanted !== undefined && shown.some((bytes) => bytes.equals(wanted));
  };
  await row.until('the record of the job shows the late picture', isShown);
  const body = await row.read(job.id);
  assert.deepEqual([body['status'], body['error']], [job.body['status'], job.body['error']], 'the end does not change');
}

/** MJ-29: paid work is not thrown away. */
describe('a picture that comes after the end of its job', AT_ONCE, () => {
  const limited = { settings: { JOB_TIME_LIMIT: '12s' } };
  const scripts: Record<string, Script> = {
    'MJ-29: the time limit is over before the picture comes': readScript('mj-slow'),
    'MJ-29, the start alone was seen in time': startedThen('a fox', progress('46%', {}, 20_000), result({}, 5_000), gone()),
    'MJ-29, the picture comes ten minutes later': startedThen('a fox', progress('46%', {}, 8_000), result({}, 600_000), gone()),
    'MJ-29, as an edit of the start': startedThen('a fox', progress('46%'), {
      ...progress('', { content: '**{echo}** - <@{user}> (fast)', ...pictureOfResult() }, 20_000),
    }),
  };
  for (const [name, script] of Object.entries(scripts)) {
    testRow(name, { script, ...limited, ...(name.includes('minutes') && { speed: 60 }) }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      expectFailure(job, { code: 'timeout' });
      assert.ok(job.tookMs < 20_000);
      await expectLatePicture(row, job);
      assert.equal(row.asked(), 1);
    });
  }

  const vanished = startedThen('a fox', progress('93%'), gone(400));
  testRow('MJ-29, after the failure of a start that had vanished', { script: vanished, speed: MINUTES }, async (row) => {
    const [job] = await row.playAll(vanished);
    assert.ok(job);
    const [interaction] = await row.requestsOf(job.id);
    assert.ok(interaction);
    await row.discord.play([result({}, 20_000)], interaction.scope);
    await expectLatePicture(row, job);
  });
});

function pictureOfResult(): Record<string, unknown> {
  const { attachments, components } = result().data ?? {};
  return { attachments, components };
}

/** "It must show" 5. */
describe('a bot empties the channel', AT_ONCE, () => {
  const script = readScript('mj-bulk-deletion');
  testRow('must show 5: three jobs at work, their results 15 s later', { script, speed: MINUTES }, async (row) => {
    const jobs = await row.playAll(script);
    assert.equal(row.asked(), 3, 'three requests');
    for (const job of jobs) await expectPicture(row, job, 8);
    const pictures = await Promise.all(jobs.map(readPictures));
    assert.equal(new Set(pictures.map(([bytes]) => bytes?.toString('hex'))).size, 3);
  });
});

/** What the bot says with a refusal is no question: its buttons are not asked back. */
describe('a refusal with buttons', AT_ONCE, () => {
  const script = scriptOf(
    'a fox',
    created(),
    notice('Banned prompt detected', 'The word fox is not allowed here.', { ...PRIVATE_ANSWER, components: [] }),
    succeeded(),
  );
  testRow('MJ-28, a refusal', { script }, async (row) => {
    const [job] = await row.playAll(script);
    assert.ok(job);
    expectFailure(job, { status: ['moderated'], words: ['The word fox is not allowed here.'] });
  });
});
