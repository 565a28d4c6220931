import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import { type BotMessage, cancelCustomId, isFromBot, lastUuid, mediaOf, offeredButtons, parseMessage, readMessage } from './message.ts';
import {
  botMessage,
  button,
  gridMessage,
  picture,
  progressMessage,
  row,
  singleMessage,
  startMessage,
  USER,
  uuidOf,
} from '../testing/bot-messages.ts';

const read = (data: JsonObject, before?: BotMessage): BotMessage => {
  const message = readMessage(data, before);
  assert.ok(message);
  return message;
};
const stage = (data: JsonObject): string => parseMessage(read(data)).stage;
const ID = '1400000000000000000';

describe('readMessage', () => {
  test('a partial update keeps the other fields, except for the nonce', () => {
    const before = read(progressMessage({ id: ID, prompt: 'a fox', percent: 15, uuid: uuidOf(1), nonce: '77' }));
    const after = read({ id: ID, content: `**a fox** - <@${USER}> (31%) (fast)` }, before);
    assert.equal(after.nonce, null);
    assert.deepEqual(after.media, before.media);
    assert.equal(after.authorId, before.authorId);
    assert.ok(isFromBot(after));
  });

  test('collects every interaction that a message names', () => {
    const { interaction } = read(botMessage({ id: ID, interaction: { id: '51', triggeredBy: '50', interactedMessageId: '49' } }));
    assert.deepEqual(interaction, { ids: ['51', '50'], name: null, userId: USER, interactedMessageId: '49' });
  });

  test('accepts malformed fields', () => {
    for (const data of [null, 5, 'x', [], {}, { id: 'not a number' }, { id: 12 }]) assert.equal(readMessage(data), undefined);
    const odd = read({ id: ID, components: [5, { components: 'x' }], attachments: { a: 1 }, embeds: null, author: 'me', nonce: 12 });
    assert.equal(odd.nonce, '12');
    assert.equal(parseMessage(odd).stage, 'loading');
  });
});

describe('parseMessage', () => {
  test('returns the stage of a job', () => {
    assert.equal(stage(startMessage({ id: ID, prompt: 'a fox' })), 'waiting');
    assert.equal(stage(progressMessage({ id: ID, prompt: 'a fox', percent: 0 })), 'progress');
    assert.equal(stage(startMessage({ id: ID, prompt: 'a fox', tag: 'paused' })), 'progress');
    assert.equal(stage(startMessage({ id: ID, prompt: 'a fox', tag: 'Stopped' })), 'stopped');
    assert.equal(stage(gridMessage({ id: ID, prompt: 'a fox', uuid: uuidOf(1) })), 'final');
    assert.equal(stage(botMessage({ id: ID })), 'loading');
    assert.equal(stage(botMessage({ id: ID, embeds: [{ title: 'x' }] })), 'notice');
  });

  test('recognises a result and a progress message by their buttons if the wording is new', () => {
    const uuid = uuidOf(1);
    const finished = botMessage({
      id: ID,
      content: 'Fresh words',
      attachments: [picture('a.png')],
      components: [row(button('U1', `MJ::JOB::upsample::1::${uuid}`))],
    });
    assert.equal(stage(finished), 'final');
    const running = botMessage({
      id: ID,
      content: 'Fresh words',
      components: [row(button('Cancel Job', `MJ::CancelJob::ByJobid::${uuid}`))],
    });
    assert.equal(stage(running), 'progress');
  });

  test('finds the job uuid at any position', () => {
    assert.deepEqual(parseMessage(read(gridMessage({ id: ID, prompt: 'p', uuid: uuidOf(7) }))).jobUuids, [uuidOf(7)]);
    assert.equal(lastUuid(`user_${uuidOf(1)}_words_${uuidOf(2).toUpperCase()}_grid_0.webp`), uuidOf(2));
    assert.equal(lastUuid('grid_0.webp'), null);
    const web = botMessage({ id: ID, components: [row({ type: 2, style: 5, url: `https://www.midjourney.com/jobs/${uuidOf(3)}?x=1` })] });
    assert.deepEqual(parseMessage(read(web)).jobUuids, [uuidOf(3)]);
  });
});

describe('buttons and media of a message', () => {
  test('the nine buttons of a grid, in order', () => {
    const labels = offeredButtons(read(gridMessage({ id: ID, prompt: 'p', uuid: uuidOf(1) }))).map(({ label }) => label);
    assert.deepEqual(labels, ['U1', 'U2', 'U3', 'U4', '🔄', 'V1', 'V2', 'V3', 'V4']);
  });

  test('no links, bookmarks, Cancel Job, or notices for a person', () => {
    const single = offeredButtons(read(singleMessage({ id: ID, prompt: 'p', uuid: uuidOf(1), index: 1 }))).map(({ label }) => label);
    assert.deepEqual(single, ['Upscale (Subtle)', 'Vary (Strong)', 'Custom Zoom', '⬅️']);
    const progress = read(progressMessage({ id: ID, prompt: 'p', percent: 5, uuid: uuidOf(1) }));
    assert.deepEqual(offeredButtons(progress), []);
    assert.equal(cancelCustomId(progress), `MJ::CancelJob::ByJobid::${uuidOf(1)}`);
    const notice = botMessage({
      id: ID,
      components: [row(button('Appeal', 'MJ::Prompts::Appeal'), button('Acknowledge', 'MJ::Ack'), button('Accept ToS', 'MJ::Tos'))],
    });
    assert.deepEqual(offeredButtons(read(notice)), []);
  });

  test('a message with U1–U4 has a grid, a single picture is an image, an mp4 is a video', () => {
    const roles = (data: JsonObject): string[] => mediaOf(read(data)).map(({ role }) => role);
    assert.deepEqual(roles(gridMessage({ id: ID, prompt: 'p', uuid: uuidOf(1) })), ['grid']);
    assert.deepEqual(roles(singleMessage({ id: ID, prompt: 'p', uuid: uuidOf(1), index: 2 })), ['image']);
    assert.deepEqual(roles(botMessage({ id: ID, attachments: [{ ...picture('a_0.mp4'), content_type: 'video/mp4' }] })), ['video']);
  });
});
