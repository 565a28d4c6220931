import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { created, gone, inHistory, progress, result, scriptOf, start, startedThen, succeeded } from './scripted/bot.ts';
import { playFor } from './scripted/scripted-discord.ts';
import { mapSteps, readScript, type Script, type Step } from './scripted/steps.ts';
import { expectPicture } from './expect.ts';
import { AT_ONCE, MINUTES, testRow } from './row.ts';

/** The session is lost right after the command, and only the history shows the result, with this echo. */
const lostThen = (prompt: string, echo: string): Script =>
  scriptOf(prompt, created(), { do: 'lose-session' }, inHistory(result({ content: `**${echo}** - <@{user}> (fast)` })));

/** Kind G: an echo is recognised by more than its letters. */
describe('a result is recognised by its echo', AT_ONCE, () => {
  const scripts: Record<string, Script> = {
    'MJ-11: a zero-width space': readScript('mj-lost-session-zero-width'),
    'MJ-11, a zero-width joiner': lostThen('a fox\u200d in the rain', 'a fox in the rain --v 7.0'),
    'MJ-11, marks of direction': lostThen('\u202aa fox\u202c \u200ein the rain\u200f', 'a fox in the rain --v 7.0'),
    'MJ-11, a variation selector': lostThen('a fox ❤\ufe0f in the rain', 'a fox ❤ in the rain --v 7.0'),
    'MJ-11, a soft hyphen and a BOM': lostThen('\ufeffa fox in the tempe\u00adrature', 'a fox in the temperature --v 7.0'),
    'MJ-11, spaces without a break': lostThen('a fox\u00a0in\u2003the rain', 'a fox in the rain --v 7.0'),
    'MJ-11, composed letters': lostThen('a fo\u0302x in a café', 'a fôx in a cafe\u0301 --v 7.0'),
    'MJ-12: --profile as --p': readScript('mj-lost-session-profile'),
    'MJ-12, --stylize as --s': lostThen('a fox --stylize 250', 'a fox --s 250 --v 7.0'),
    'MJ-12, --aspect as --ar': lostThen('a fox --aspect 3:2', 'a fox --ar 3:2 --v 7.0'),
    'MJ-12, --version as --v': lostThen('a fox --version 6.1', 'a fox --v 6.1'),
    'MJ-12, a default left out': lostThen('a fox --s 100 --chaos 0', 'a fox --v 7.0'),
    'MJ-12, parameters in another sequence': lostThen('a fox --s 250 --ar 3:2 --c 5', 'a fox --chaos 5 --ar 3:2 --stylize 250 --v 7.0'),
    'MJ-12, a weight': lostThen('a fox::2 rain::1', 'a fox::2.0 rain::1.0 --v 7.0'),
    'MJ-12, another spelling of numbers': lostThen('a fox --iw 0.50 --weird 0250', 'a fox --iw .5 --weird 250 --v 7.0'),
    'MJ-12, a long dash': lostThen('a fox —ar 3:2', 'a fox --ar 3:2 --v 7.0'),
    'MJ-12, a shortened link': lostThen('https://pictures.example/fox.png a fox', '<https://s.mj.run/AbCdEf12> a fox --v 7.0'),
    'MJ-14: Discord’s clock is 120 s behind ours': lostThen('a fox --profile 7312645', 'a fox --profile 7312645 --v 7.0'),
  };
  for (const [name, script] of Object.entries(scripts)) {
    const behaviour = name.startsWith('MJ-14') ? { skewMs: -120_000 } : {};
    testRow(name, { script, behaviour, speed: MINUTES }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      assert.equal(row.asked(), 1, 'asked once');
      await expectPicture(row, job, 8);
    });
  }

  const long = readScript('mj-long-prompt');
  const unlike = (content: string): Script =>
    startedThen(long.prompt, progress('15%', { attachments: [], components: [] }), result({ content }), gone());
  const cut: Record<string, Script> = {
    'MJ-13: a prompt of 2 160 characters, cut at different places': long,
    'MJ-13, cut in the result alone': unlike('**{first 500}** - <@{user}> (fast)'),
    'MJ-13, with three dots': mapSteps(long, (step) => JSON.parse(JSON.stringify(step).replaceAll('}**', '}...**')) as Step),
    'MJ-13, the session is lost': scriptOf(
      long.prompt,
      created(),
      { do: 'lose-session' },
      inHistory(result({ content: '**{first 1930}** - <@{user}> (fast)' })),
    ),
    'MJ-13, the start is gone before the result': scriptOf(
      long.prompt,
      created(),
      start({ content: '**{first 1900}** - <@{user}> (Waiting to start)' }),
      succeeded(),
      gone(400),
      result({ content: '**{first 1930}** - <@{user}> (fast)' }, 20_000),
    ),
  };
  for (const [name, script] of Object.entries(cut)) {
    testRow(name, { script, speed: MINUTES }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      assert.equal(row.asked(), 1, 'asked once');
      await expectPicture(row, job, 8);
    });
  }

  for (const skewMs of [120_000, -600_000, 3_600_000]) {
    const script = lostThen('a fox', 'a fox --v 7.0');
    testRow(`MJ-14, Discord’s clock is off by ${skewMs / 1_000} s`, { script, behaviour: { skewMs }, speed: MINUTES }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      assert.equal(row.asked(), 1, 'asked once');
      await expectPicture(row, job, 8);
    });
  }

  const script = lostThen('a fox', 'a fox --v 7.0');
  testRow(
    'MJ-14, a picture of yesterday with the same prompt stands in the channel',
    { script, behaviour: { skewMs: -120_000 }, speed: MINUTES },
    async (row) => {
      row.discord.behaviour.skewMs = -86_400_000;
      await row.discord.play([inHistory(result({ content: '**a fox --v 7.0** - <@{user}> (fast)' }))]);
      row.discord.behaviour.skewMs = -120_000;
      const [job] = await row.playAll(script);
      assert.ok(job);
      await expectPicture(row, job, 8);
    },
  );

  testRow('MJ-12, two open jobs fit equally: no guess', { speed: MINUTES }, async (row) => {
    let answered = 0;
    const withResult = lostThen('a fox', 'a fox --v 7.0').steps;
    const withoutResult = [created()];
    row.discord.respondWith((interaction) =>
      interaction.name !== 'imagine' ? playFor({ steps: [] })(interaction) : answered++ === 1 ? withResult : withoutResult,
    );
    const jobs = await Promise.all([await row.imagine('a fox'), await row.imagine('a fox')].map(row.ended));
    assert.equal(row.asked(), 2, 'asked once a job');
    for (const job of jobs) if (job.status === 'completed') await expectPicture(row, job, 8);
  });
});
