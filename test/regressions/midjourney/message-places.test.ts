import assert from 'node:assert/strict';
import { describe } from 'node:test';
import {
  button,
  buttonRow,
  CANCEL_ROW,
  created,
  gone,
  GRID_BUTTONS,
  PRIVATE_ANSWER,
  progress,
  result,
  scriptOf,
  start,
  startedThen,
  succeeded,
} from './scripted/bot.ts';
import { readScript, type Script, type Step } from './scripted/steps.ts';
import type { Fields } from './scripted/wire.ts';
import { expectAccount, expectFailure, expectPicture } from './expect.ts';
import { AT_ONCE, MINUTES, testRow } from './row.ts';

const container = (...components: Fields[]): Fields => ({ type: 17, components });
const text = (content: string): Fields => ({ type: 10, content });
const section = (content: string, accessory: Fields): Fields => ({ type: 9, components: [text(content)], accessory });
const gallery = (...urls: string[]): Fields => ({
  type: 12,
  items: urls.map((url) => ({ media: { url, width: 128, height: 128, content_type: 'image/png' } })),
});
const thumbnail = (url: string): Fields => ({ type: 11, media: { url, width: 128, height: 128, content_type: 'image/png' } });
const file = (url: string): Fields => ({ type: 13, file: { url }, name: 'op_words_{uuid:job}.png', size: 1_000 });

/** A message in components v2 has neither content nor attachments. */
const inComponents = (...components: Fields[]): Fields => ({ flags: 32_768, content: '', attachments: [], components });
const HEADING = '**{echo}** - <@{user}> (fast)';
const WAITING = '**{echo}** - <@{user}> (Waiting to start)';
const HALFWAY = '**{echo}** - <@{user}> (46%) (fast)';

/** Kind D: where a message can carry things. */
describe('text, pictures and buttons in every place of a message', AT_ONCE, () => {
  const startInContainer = start(inComponents(container(text(WAITING))));
  const progressInContainer = progress('46%', inComponents(container(text(HALFWAY), gallery('{cdn:preview}'), CANCEL_ROW)));
  const placed = (fields: Fields): Script =>
    scriptOf('a fox', created(), startInContainer, succeeded(), progressInContainer, result(fields), gone());
  const scripts: Record<string, Script> = {
    'MJ-07: containers': readScript('mj-containers'),
    'MJ-07, the picture is a thumbnail beside the text': placed(
      inComponents(container(section(HEADING, thumbnail('{cdn:picture}')), ...GRID_BUTTONS)),
    ),
    'MJ-07, the picture is a file': placed(inComponents(text(HEADING), file('{cdn:picture}'), ...GRID_BUTTONS)),
    'MJ-07, without a container': placed(inComponents(text(HEADING), gallery('{cdn:picture}'), ...GRID_BUTTONS)),
    'MJ-07, the text in two displays': placed(
      inComponents(container(text(HEADING), text('-# Create on midjourney.com'), gallery('{cdn:picture}')), ...GRID_BUTTONS),
    ),
    'MJ-07, the picture is an image embed of the bot': placed({
      attachments: [],
      embeds: [{ type: 'rich', image: { url: '{cdn:picture}', width: 128, height: 128 } }],
    }),
    'MJ-07, the result is an edit of the start': startedThen('a fox', progressInContainer, {
      ...progress('', inComponents(container(text(HEADING), gallery('{cdn:picture}'), ...GRID_BUTTONS))),
    }),
    'held today: a file in attachments beside containers': startedThen(
      'a fox',
      progress('46%'),
      result({ flags: 32_768, content: '', components: [container(text(HEADING), ...GRID_BUTTONS)] }),
      gone(),
    ),
  };
  for (const [name, script] of Object.entries(scripts)) {
    testRow(name, { script }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      await expectPicture(row, job, 8);
      assert.ok(
        job.trail.some(({ percent }) => percent === 46),
        'progress of 46 %',
      );
      assert.equal(row.asked(), 1);
    });
  }

  const refused: Record<string, Fields> = {
    'in a container': inComponents(container(text('## Banned prompt detected'), text('The word fox is not allowed here.'))),
    'in a section': inComponents(
      container(section('Banned prompt detected. The word fox is not allowed here.', button('Appeal', 'MJ::Appeal::1'))),
    ),
    'in the fields of an embed': {
      embeds: [
        {
          type: 'rich',
          title: 'Banned prompt detected',
          fields: [{ name: 'Reason', value: 'The word fox is not allowed here.' }],
          color: 16_711_680,
        },
      ],
    },
  };
  for (const [place, fields] of Object.entries(refused)) {
    const private64 = Number(fields['flags'] ?? 0) | 64;
    const step: Step = {
      afterMs: 20,
      event: 'MESSAGE_CREATE',
      data: { id: '{id:notice}', ...PRIVATE_ANSWER, ...fields, flags: private64 },
    };
    const script = scriptOf('a fox', created(), step, succeeded());
    testRow(`MJ-07, a refusal ${place}`, { script, speed: MINUTES }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      expectFailure(job, { status: ['failed', 'moderated'], words: ['Banned prompt detected', 'The word fox is not allowed here.'] });
      assert.equal(row.asked(), 1);
      await expectAccount(row, 'active');
    });
  }

  const withButtons = (components: Fields[]): Script => startedThen('a fox', progress('62%'), result({ components }), gone());
  const solo = (label: string, name: string): Fields => button(label, `MJ::JOB::${name}::1::{uuid:job}::SOLO`);
  const offers: Record<string, { script: Script; labels: string[] }> = {
    'MJ-08: an emoji without a name, a row, a section': { script: readScript('mj-buttons'), labels: ['111', 'Upscale', 'Enhance'] },
    'MJ-08, an emoji with a name alone': {
      script: withButtons([buttonRow({ type: 2, style: 2, emoji: { name: '🔄' }, custom_id: 'MJ::JOB::reroll::0::{uuid:job}::SOLO' })]),
      labels: ['🔄'],
    },
    'MJ-08, rows in a container, sections in a container': {
      script: withButtons([container(section('Draft', solo('Enhance', 'enhance')), buttonRow(solo('Upscale', 'a'), solo('Vary', 'b')))]),
      labels: ['Enhance', 'Upscale', 'Vary'],
    },
    'MJ-08, a label of spaces and an emoji': {
      script: withButtons([
        buttonRow({ type: 2, style: 2, label: '', emoji: { id: '222', name: 'sparkle' }, custom_id: 'MJ::JOB::enhance::1::{uuid:job}' }),
      ]),
      labels: ['sparkle'],
    },
  };
  for (const [name, { script, labels }] of Object.entries(offers)) {
    testRow(name, { script }, async (row) => {
      const [job] = await row.playAll(script);
      assert.ok(job);
      assert.equal(job.status, 'completed', job.words);
      assert.deepEqual(job.buttons.toSorted(), labels.toSorted());
      for (const label of labels) {
        const pressed = await row.server.call('POST', '/jobs', { verb: 'button', jobId: job.id, button: label });
        assert.ok(pressed.status < 300, pressed.text);
      }
      await row.until('every button was pressed', () => row.asked('button') === labels.length);
    });
  }
});
