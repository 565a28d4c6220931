import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { CANCEL_ROW, gone, PICTURE, PREVIEW, progress, result, startedThen } from './scripted/bot.ts';
import { isAbout, mapSteps, readScript, type Script } from './scripted/steps.ts';
import { expectPicture } from './expect.ts';
import { AT_ONCE, testRow } from './row.ts';

/** Kind H: a result must prove that it is one. */
describe('progress in every spelling', AT_ONCE, () => {
  const spelled = (tags: string): Script =>
    startedThen(
      'a fox',
      progress('', { content: `**{echo}** - <@{user}> ${tags}`, attachments: [{ ...PREVIEW, filename: 'grid_0.webp' }], components: [] }),
      result({}, 1_500),
      gone(),
    );
  const scripts: Record<string, Script> = { 'MJ-15: 46.5 %, without the Cancel row': readScript('mj-percent') };
  for (const tags of [
    '(46 %) (fast)',
    '(46,5%) (fast)',
    '(４６％) (fast)',
    '(46％) (fast)',
    '(46% done) (fast)',
    '(rendering) (fast)',
    '(fast, 46 percent)',
    '[46%] (fast)',
    '(fast)',
    '',
  ]) {
    scripts[`MJ-15, progress as “${tags}”`] = spelled(tags);
    scripts[`MJ-15, progress as “${tags}”, with the Cancel row`] = mapSteps(spelled(tags), (step) =>
      isAbout(step, 'start') && step.event === 'MESSAGE_UPDATE' ? { ...step, data: { ...step.data, components: [CANCEL_ROW] } } : step,
    );
  }
  scripts['MJ-15, a preview with the name of a result'] = startedThen(
    'a fox',
    progress('', {
      content: '**{echo}** - <@{user}> (rendering) (fast)',
      attachments: [{ ...PICTURE, url: '{cdn:preview}' }],
      components: [],
    }),
    result({}, 1_500),
    gone(),
  );
  for (const [name, script] of Object.entries(scripts)) {
    testRow(name, { script }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      await expectPicture(row, job, 8);
      assert.equal(row.asked(), 1);
    });
  }
});
