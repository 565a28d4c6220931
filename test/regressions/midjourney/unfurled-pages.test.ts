import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { created, gone, inHistory, progress, result, scriptOf, start, startedThen, succeeded } from './scripted/bot.ts';
import { readScript, type Script, type Step } from './scripted/steps.ts';
import type { Fields } from './scripted/wire.ts';
import { expectAccount, expectPicture } from './expect.ts';
import { AT_ONCE, type EndedJob, MINUTES, type Row, testRow } from './row.ts';

const PROMPT = 'a fox like https://shop.example/poster';
const URL_OF_PAGE = 'https://shop.example/poster';

/** Embeds that Discord makes from links in a message. Source: discord-api-docs, embeds. */
const page = (title: string, description: string, type = 'link'): Fields => ({ type, url: URL_OF_PAGE, title, description });

/** No word of a page stands in the job, and the account works on. */
async function expectUntouched(row: Row, job: EndedJob, words: readonly string[]): Promise<void> {
  await expectPicture(row, job, 8);
  assert.equal(row.asked(), 1, 'asked once');
  await expectAccount(row, 'active');
  for (const word of words) assert.ok(!JSON.stringify(job.body).includes(word), `${word} in the job`);
}

/** Kind B: only words of the bot decide about a job. */
describe('embeds that Discord adds', AT_ONCE, () => {
  testRow('MJ-05: the page of a link', { script: readScript('mj-page-of-a-link') }, async (row) => {
    const [job] = await row.playAll(readScript('mj-page-of-a-link'));
    assert.ok(job);
    await expectUntouched(row, job, ['Access denied', 'You do not have permission']);
  });

  const titles = [
    'Banned prompt detected',
    'Subscription required',
    'Action required to continue',
    'Pending mod message',
    'Queue full',
    'Invalid parameter',
  ];
  const types = ['link', 'article', 'image', 'video', 'gifv'];
  for (const [index, title] of titles.entries()) {
    const type = types[index % types.length] ?? 'link';
    const embeds = [{ ...page(title, 'Read this page first.', type), color: 16_711_680 }];
    const script = startedThen(
      PROMPT,
      { afterMs: 400, event: 'MESSAGE_UPDATE', data: { id: '{id:start}', embeds } },
      progress('62%', { embeds }),
      result({ embeds }),
      gone(),
    );
    testRow(`MJ-05, “${title}” as a page of the type ${type}`, { script }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      await expectUntouched(row, job, [title, 'Read this page first.']);
    });
  }

  const rich: Record<string, Fields> = {
    'with a URL': { ...page('Access denied', 'Log in to go on.'), type: 'rich', color: 16_711_680 },
    'with a provider': {
      type: 'rich',
      provider: { name: 'Shop', url: 'https://shop.example' },
      title: 'Access denied',
      description: 'Log in to go on.',
    },
    'with both': { ...page('Access denied', 'Log in to go on.'), type: 'rich', provider: { name: 'Shop' }, author: { name: 'Seller' } },
  };
  for (const [what, embed] of Object.entries(rich)) {
    const script = startedThen(PROMPT, progress('31%', { embeds: [embed] }), result({ embeds: [embed] }), gone());
    testRow(`MJ-05, a page of the type rich ${what}`, { script }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      await expectUntouched(row, job, ['Access denied', 'Log in to go on.']);
    });
  }

  const embeds = [page('Access denied', 'You do not have permission to view this page.')];
  const places: Record<string, Step[]> = {
    'on the first event of the start': [created(), start({ embeds }), succeeded(), progress('46%'), result(), gone()],
    'before the progress, long after the start': [
      created(),
      start(),
      succeeded(),
      { afterMs: 40_000, event: 'MESSAGE_UPDATE', data: { id: '{id:start}', embeds } },
      progress('46%'),
      result(),
      gone(),
    ],
    'on the result, as an update before the deletion of the start': [
      created(),
      start(),
      succeeded(),
      progress('46%'),
      result(),
      { afterMs: 50, event: 'MESSAGE_UPDATE', data: { id: '{id:result}', embeds } },
      gone(50),
    ],
    'on a result that only the history has': [
      created(),
      start({ embeds }),
      succeeded(),
      { do: 'lose-session' },
      inHistory(result({ embeds })),
    ],
    'on a start that only the history has': [
      created(),
      { do: 'lose-session' },
      inHistory(start({ embeds, nonce: undefined })),
      { ...result(), afterMs: 20_000 },
      gone(),
    ],
    'in an answer with a nonce and a picture of the page': [
      created(),
      start({
        embeds: [
          { ...page('Access denied', 'no', 'image'), thumbnail: { url: URL_OF_PAGE, width: 10, height: 10 }, image: { url: URL_OF_PAGE } },
        ],
      }),
      succeeded(),
      progress('46%'),
      result({
        embeds: [
          { ...page('Access denied', 'no', 'image'), thumbnail: { url: URL_OF_PAGE, width: 10, height: 10 }, image: { url: URL_OF_PAGE } },
        ],
      }),
      gone(),
    ],
  };
  for (const [place, steps] of Object.entries(places)) {
    const script: Script = scriptOf(PROMPT, ...steps);
    testRow(`MJ-05, ${place}`, { script, speed: MINUTES }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      await expectUntouched(row, job, ['Access denied', 'You do not have permission']);
    });
  }
});
