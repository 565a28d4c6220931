import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '@atelier/lib/json';
import { array, assert as check, constant, constantFrom, jsonValue, oneof, property, record } from 'fast-check';
import {
  asStartEdit,
  type BotMessage,
  cancelCustomId,
  isFromBot,
  lastUuid,
  mediaOf,
  offeredButtons,
  parseMessage,
  readMessage,
  toUpstreamMessage,
} from './message.ts';
import { readRefusal } from './refusals.ts';
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
    assert.deepEqual(
      read({ id: ID, content: null, embeds: null, components: 'x', attachments: {}, flags: 'y', mentions: 5 }, after),
      after,
    );
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

  test('accepts any JSON in any field', () => {
    const data = record({
      id: constant(ID),
      ...Object.fromEntries(FIELDS.map((name) => [name, oneof(jsonValue(), array(jsonValue()), partOfMessage)])),
    });
    check(
      property(data, (raw) => {
        const parsed = parseMessage(read(raw, read(raw)));
        readRefusal(parsed.message);
        mediaOf(parsed.message);
        offeredButtons(parsed.message);
        const text = JSON.stringify(parsed);
        assert.equal(JSON.stringify(JSON.parse(text)), text);
      }),
    );
  });

  test('reads hostile messages into a bounded form', () => {
    let deep: JsonObject = text('x');
    for (let depth = 0; depth < 5_000; depth += 1) deep = { type: 17, components: [deep] };
    const wide = Array.from({ length: 50_000 }, () =>
      container(text('**'.repeat(500)), gallery(URL_OF_PICTURE), row(button('x', 'MJ::JOB::x'))),
    );
    for (const raw of [deep, ...wide.slice(0, 1)]) parseMessage(read({ id: ID, components: [raw] }));
    const { message } = parseMessage(
      read({ id: ID, components: wide, attachments: Array.from({ length: 50_000 }, (_, n) => picture(`${n}.png`)) }),
    );
    for (const list of [message.components, message.media, message.embeds]) assert.ok(list.length <= 1_000, `${list.length} parts`);
    parseMessage(read({ id: ID, content: '** - <@1> ('.repeat(100_000), embeds: [{ description: '** - <@1> '.repeat(2_000) }] }));
  });
});

const FIELDS = ['content', 'attachments', 'components', 'embeds', 'flags', 'mentions', 'message_snapshots', 'poll', 'interaction_metadata'];
const partOfMessage = array(
  constantFrom<JsonObject>(
    { type: 10, content: '**p** - <@1> (46%)' },
    { type: 17, components: [{ type: 9, components: [null, 5], accessory: { type: 2, custom_id: 7, emoji: 3 } }] },
    { type: 12, items: [{ media: { url: 'https://a.example/%E0%A4%A.png' } }, { media: 3 }] },
    { message: { content: 'x', attachments: [{ url: 'x:y' }] } },
    { title: 5, description: {}, fields: [1, { name: 2 }], image: { url: 'https://' } },
  ),
);

const text = (content: string): JsonObject => ({ type: 10, content });
const container = (...components: JsonObject[]): JsonObject => ({ type: 17, components });
const URL_OF_PICTURE = 'https://cdn.discordapp.com/attachments/1/2/a.png?ex=1';
const media = (url: string, more: JsonObject = {}): JsonObject => ({ url, width: 128, height: 64, content_type: 'image/png', ...more });
const gallery = (...urls: string[]): JsonObject => ({ type: 12, items: urls.map((url) => ({ media: media(url) })) });
const heading = (tail: string): string => `**a fox --v 7.0** - <@${USER}> ${tail}`;
const V2 = 32_768;
const next = (n = 1): JsonObject => row(button('U1', `MJ::JOB::upsample::1::${uuidOf(n)}`));

/** Every place of a picture. Source: midjourney-bot, message parts. */
const PICTURE_PLACES: Readonly<Record<string, JsonObject>> = {
  attachment: { attachments: [picture('a.png')] },
  'attachment without a name': { attachments: [{ url: URL_OF_PICTURE }] },
  gallery: { components: [gallery(URL_OF_PICTURE)] },
  'gallery in a container': { components: [container(gallery(URL_OF_PICTURE))] },
  thumbnail: { components: [{ type: 9, components: [text('x')], accessory: { type: 11, media: media(URL_OF_PICTURE) } }] },
  file: { components: [{ type: 13, file: media(URL_OF_PICTURE), name: 'a.png' }] },
  'embed image': { embeds: [{ type: 'rich', image: media(URL_OF_PICTURE) }] },
  'embed thumbnail': { embeds: [{ thumbnail: media(URL_OF_PICTURE) }] },
  'proxy of a picture': {
    components: [gallery('attachment://a.png'), { type: 11, media: { url: 'attachment://a.png', proxy_url: URL_OF_PICTURE } }],
  },
  'forwarded message': { message_snapshots: [{ message: { content: 'x', attachments: [picture('a.png')] } }] },
};

/** Every place of a text. */
const TEXT_PLACES: Readonly<Record<string, (content: string) => JsonObject>> = {
  content: (content) => ({ content }),
  'text display': (content) => ({ flags: V2, components: [text(content)] }),
  container: (content) => ({ flags: V2, components: [container(text(content))] }),
  section: (content) => ({
    flags: V2,
    components: [{ type: 9, components: [text(content)], accessory: { type: 2, label: 'Web', url: 'https://a.example', style: 5 } }],
  }),
  'behind a title': (content) => ({ flags: V2, components: [container(text('## Imagine'), text(content))] }),
  'two displays': (content) => ({ flags: V2, components: content.split(' - ').map(text) }),
  embed: (content) => ({ embeds: [{ type: 'rich', description: content }] }),
};

/** Every place of a button. */
const BUTTON_PLACES: Readonly<Record<string, (one: JsonObject) => JsonObject>> = {
  row: (one) => row(one),
  'no row': (one) => one,
  container: (one) => container(row(one)),
  accessory: (one) => ({ type: 9, components: [text('Draft')], accessory: one }),
  'accessory in a container': (one) => container({ type: 9, components: [text('Draft')], accessory: one }),
  label: (one) => ({ type: 18, label: 'Choose', component: one }),
};

describe('the places of a message', () => {
  for (const [place, parts] of Object.entries(PICTURE_PLACES)) {
    test(`a picture as ${place}`, () => {
      const message = read({ ...botMessage({ id: ID, content: heading('(fast)') }), ...parts });
      const files = mediaOf(message);
      assert.equal(files.length, 1);
      assert.match(files[0]?.filename ?? '', /^a\.png$/);
      assert.equal(parseMessage(message).stage, 'final');
    });
  }

  for (const [place, toParts] of Object.entries(TEXT_PLACES)) {
    test(`the course of a job as ${place}`, () => {
      const at = (tail: string, more: JsonObject = {}) =>
        parseMessage(read({ ...botMessage({ id: ID }), ...toParts(heading(tail)), ...more }));
      assert.deepEqual(
        [at('(Waiting to start)').stage, at('(46%) (fast)').stage, at('(Stopped)').stage],
        ['waiting', 'progress', 'stopped'],
      );
      assert.equal(at('(46%) (fast)').percent, 46);
      assert.equal(at('(46%) (fast)').heading?.prompt, 'a fox --v 7.0');
      assert.equal(readRefusal(at('(46%) (fast)').message), null);
      assert.equal(at('(fast)', { attachments: [picture('a.png')] }).stage, 'final');
    });
  }

  for (const [place, toParts] of Object.entries(BUTTON_PLACES)) {
    test(`a button in ${place}`, () => {
      const press = { type: 2, style: 2, label: 'Enhance', custom_id: `MJ::JOB::enhance::1::${uuidOf(1)}::SOLO` };
      const message = read({ ...botMessage({ id: ID, attachments: [picture('a.png')] }), components: [toParts(press)] });
      assert.deepEqual(offeredButtons(message), [{ label: 'Enhance', customId: press.custom_id, style: 2 }]);
      assert.ok(parseMessage(message).provesResult);
      assert.deepEqual(offeredButtons(read({ ...botMessage({ id: ID }), components: [toParts({ ...press, disabled: true })] })), []);
    });
  }

  test('the label of a button may be its emoji, or the id of its emoji', () => {
    const labelOf = (parts: JsonObject): string | undefined =>
      offeredButtons(read(botMessage({ id: ID, components: [row({ type: 2, style: 2, custom_id: 'MJ::JOB::x', ...parts })] })))[0]?.label;
    assert.equal(labelOf({ emoji: { id: '111', name: null } }), '111');
    assert.equal(labelOf({ emoji: { id: '111', name: 'enhance' } }), 'enhance');
    assert.equal(labelOf({ emoji: { name: '🔄' } }), '🔄');
    assert.equal(labelOf({ label: 'Zoom', emoji: { name: '🔍' } }), 'Zoom');
    assert.equal(labelOf({ label: '', emoji: { id: 111 } }), '111');
    assert.equal(labelOf({}), undefined);
  });

  test('menus and links are read, but not offered', () => {
    const menu = { type: 3, custom_id: 'MJ::Settings::VersionSelector', options: [] };
    const message = read(
      botMessage({ id: ID, components: [row(menu), row({ type: 2, style: 5, url: 'https://a.example', label: 'Web' })] }),
    );
    assert.equal(message.components.length, 2);
    assert.deepEqual(offeredButtons(message), []);
  });

  test('a linked attachment is one file', () => {
    const attached = { ...picture('a.png'), url: URL_OF_PICTURE, id: '9' };
    for (const linked of [URL_OF_PICTURE, 'attachment://a.png', 'https://media.discordapp.net/attachments/1/2/a.png?ex=2&width=100']) {
      const message = read({ ...botMessage({ id: ID, attachments: [attached] }), components: [gallery(linked), gallery(linked)] });
      assert.deepEqual(
        message.media.map(({ url }) => url),
        [URL_OF_PICTURE],
        linked,
      );
    }
    const byId = { type: 11, media: media('https://images.example/x', { attachment_id: '9' }) };
    assert.equal(read({ ...botMessage({ id: ID, attachments: [attached] }), components: [byId] }).media.length, 1);
    const inEmbed = [{ image: media(URL_OF_PICTURE) }];
    assert.equal(read({ ...botMessage({ id: ID, attachments: [attached], embeds: inEmbed }) }).media.length, 1);
    const four = [1, 2, 3, 4].map((n) => `https://cdn.example/attachments/1/${n}/a.png`);
    assert.equal(read({ ...botMessage({ id: ID }), components: [gallery(...four)] }).media.length, 4);
    const external = [1, 2].map((n) => `https://images.example/picture?id=${n}`);
    assert.equal(read({ ...botMessage({ id: ID }), components: [gallery(...external)] }).media.length, 2);
  });

  test('a partial update replaces one place and keeps the others', () => {
    const start = read(startMessage({ id: ID, prompt: 'a fox --v 7.0', nonce: '77' }));
    const cancel = row(button('Cancel Job', `MJ::CancelJob::ByJobid::${uuidOf(1)}`));
    const moved = read({ id: ID, components: [container(text(heading('(46%) (fast)')), gallery(URL_OF_PICTURE), cancel)] }, start);
    assert.equal(moved.content, heading('(46%) (fast)'));
    assert.deepEqual([parseMessage(moved).percent, moved.media.length, cancelCustomId(moved) !== null], [46, 1, true]);
    const further = read({ id: ID, components: [container(text(heading('(62%) (fast)')), cancel)] }, moved);
    assert.deepEqual([parseMessage(further).percent, further.media.length], [62, 0]);
    const attached = read({ id: ID, attachments: [picture('a.png')] }, further);
    assert.deepEqual([parseMessage(attached).percent, attached.media.length], [62, 1]);
    const again = read({ id: ID, content: heading('(78%) (fast)') }, attached);
    assert.equal(parseMessage(again).percent, 78);
    const linked = read({ id: ID, embeds: [{ type: 'link', url: 'https://a.example', title: 'Access denied' }] }, again);
    assert.deepEqual([linked.embeds, parseMessage(linked).percent, readRefusal(linked)], [[], 78, null]);
  });

  test('only the embeds of the bot are kept', () => {
    const own = { type: 'rich', title: 'Banned prompt' };
    const made = ['link', 'article', 'image', 'video', 'gifv', 'auto_moderation_message'].map((type) => ({ type, title: 'Access denied' }));
    const rich = [
      { ...own, url: 'https://a.example' },
      { ...own, provider: { name: 'A shop' } },
    ];
    const message = read(botMessage({ id: ID, embeds: [...made, ...rich, own, { title: 'of an old capture' }] }));
    assert.deepEqual(message.embeds, [own, { title: 'of an old capture' }]);
    assert.deepEqual(toUpstreamMessage(message).embeds, message.embeds);
    const picturesOfLinks = [{ type: 'image', url: 'https://a.example/b.png', thumbnail: media('https://a.example/b.png') }];
    assert.deepEqual(read(botMessage({ id: ID, embeds: picturesOfLinks })).media, []);
  });

  test('the mentions are those that Discord lists; without a list, the users in the text', () => {
    const content = `**p** - <@${USER}> (fast) <@!5>`;
    assert.deepEqual(read({ id: ID, content }).mentionIds, [USER, '5']);
    assert.deepEqual(read({ id: ID, content, mentions: [{ id: '5' }, null, {}] }).mentionIds, ['5']);
    assert.deepEqual(read({ id: ID, content: 'x' }, read({ id: ID, content, mentions: [{ id: '5' }] })).mentionIds, ['5']);
  });

  test('a poll asks in words', () => {
    const poll = { question: { text: 'Go on?' }, answers: [{ poll_media: { text: 'Yes' } }, { poll_media: { text: 'No' } }] };
    assert.equal(read({ id: ID, poll }).content, 'Go on?\nYes\nNo');
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
    assert.equal(stage(botMessage({ id: ID, content: 'Hello' })), 'other');
  });

  const file = (name: string): JsonObject[] => [picture(name)];
  const grid = `someone_a_fox_${uuidOf(1)}.png`;
  /** The tags, the file, whether buttons go on, the stage, and whether the message proves that it is the result. */
  const STAGES: readonly [string, string | null, boolean, string, boolean][] = [
    ['(fast)', grid, true, 'final', true],
    ['(fast)', grid, false, 'final', false],
    ['(fast)', 'a.png', false, 'final', false],
    ['(fast, stealth)', grid, false, 'final', false],
    ['', grid, false, 'final', false],
    ['[(Open on website for full quality)](<https://midjourney.com/jobs/x>) (turbo)', grid, false, 'final', false],
    ['(fast)', null, false, 'progress', false],
    ['(fast)', null, true, 'progress', false],
    ['(46.5%) (fast)', 'grid_0.webp', false, 'progress', false],
    ['(46.5%) (fast)', grid, false, 'progress', false],
    ['(46 %) (fast)', grid, true, 'progress', false],
    ['(46 pour cent)', grid, false, 'progress', false],
    ['(almost done) (fast)', grid, false, 'progress', false],
    ['(almost done) (fast)', grid, true, 'final', true],
    ['rendering', grid, false, 'progress', false],
    ['(paused)', grid, true, 'progress', false],
    ['(Stopped)', grid, true, 'stopped', false],
    ['(fast)', 'grid_0.webp', false, 'progress', false],
    ['(fast)', 'grid_0.webp', true, 'progress', false],
    ['(fast)', 'grid_0_640_N.webp', false, 'progress', false],
    ['(fast)', `${uuidOf(1)}_grid_0.webp`, false, 'progress', false],
    ['(fast)', `${uuidOf(1)}_3_step_7.jpeg`, false, 'progress', false],
    ['(fast)', `someone_grid_0_${uuidOf(1)}.png`, false, 'final', false],
    ['(fast)', `someone_step_7_${uuidOf(1)}.png`, false, 'final', false],
  ];
  for (const [tags, name, goesOn, expected, proves] of STAGES) {
    test(`${tags || 'no tag'} with ${name ?? 'no file'} and ${goesOn ? '' : 'no '}buttons is ${expected}`, () => {
      const parts = { id: ID, content: heading(tags), attachments: name === null ? [] : file(name) };
      const parsed = parseMessage(read(botMessage({ ...parts, components: goesOn ? [next()] : [] })));
      assert.deepEqual([parsed.stage, parsed.provesResult], [expected, proves]);
      const edit = asStartEdit(parsed);
      assert.equal(edit.stage, expected === 'final' && !proves ? 'progress' : expected);
    });
  }

  test("the finished grid of Midjourney's CDN is no preview, and a result leaves previews out", () => {
    const url = `https://cdn.midjourney.com/${uuidOf(1)}/grid_0.png`;
    const message = read({ ...botMessage({ id: ID, content: heading('(fast)') }), components: [gallery(url), next()] });
    assert.equal(parseMessage(message).stage, 'final');
    const both = read(botMessage({ id: ID, content: heading('(fast)'), attachments: [picture('grid_0.webp'), picture(grid)] }));
    assert.deepEqual(
      mediaOf(both).map(({ filename }) => filename),
      [grid],
    );
  });

  test('a private message is never a start message, and its words are a notice', () => {
    const privately = (parts: JsonObject): string => stage({ ...botMessage({ id: ID, flags: 64 }), ...parts });
    for (const tail of ['(Waiting to start)', '(46%) (fast)', '(Stopped)', '(fast)'])
      assert.equal(privately({ content: heading(tail) }), 'notice');
    assert.equal(privately({ content: 'You have run out of fast hours.' }), 'notice');
    assert.equal(privately({ flags: 64 | V2, components: [text('You have run out of fast hours.')] }), 'notice');
    assert.equal(privately({ embeds: [{ description: 'x' }] }), 'notice');
    assert.equal(privately({ flags: 64 | 128 }), 'loading');
    assert.equal(privately({ attachments: [picture(grid)], components: [next()] }), 'final');
    assert.ok(read(botMessage({ id: ID, flags: 64 })).isPrivate);
    assert.ok(!read(botMessage({ id: ID, flags: 128 })).isPrivate);
  });

  test('the picture in a private embed is not a result', () => {
    const described = read(botMessage({ id: ID, flags: 64, embeds: [{ description: '1️⃣ a fox', image: media(URL_OF_PICTURE) }] }));
    assert.deepEqual(mediaOf(described), []);
  });

  test('a private text that fills a loading message is a notice although the update has no flags', () => {
    const loading = read(botMessage({ id: ID, flags: 64 | 128 }));
    assert.equal(parseMessage(read({ id: ID, content: 'No fast hours.' }, loading)).stage, 'notice');
  });

  test('recognises a result and a progress message by their buttons if the wording is new', () => {
    const finished = botMessage({ id: ID, content: 'Fresh words', attachments: [picture('a.png')], components: [next()] });
    assert.equal(stage(finished), 'final');
    const running = {
      id: ID,
      content: 'Fresh words 46 %',
      components: [row(button('Cancel Job', `MJ::CancelJob::ByJobid::${uuidOf(1)}`))],
    };
    assert.equal(stage(botMessage(running)), 'progress');
    assert.equal(parseMessage(read(botMessage(running))).percent, 46);
  });

  test('finds the job uuid at any position', () => {
    assert.deepEqual(parseMessage(read(gridMessage({ id: ID, prompt: 'p', uuid: uuidOf(7) }))).jobUuids, [uuidOf(7)]);
    assert.equal(lastUuid(`user_${uuidOf(1)}_words_${uuidOf(2).toUpperCase()}_grid_0.webp`), uuidOf(2));
    assert.equal(lastUuid('grid_0.webp'), null);
    const web = botMessage({ id: ID, components: [row({ type: 2, style: 5, url: `https://www.midjourney.com/jobs/${uuidOf(3)}?x=1` })] });
    assert.deepEqual(parseMessage(read(web)).jobUuids, [uuidOf(3)]);
    const cdn = { ...botMessage({ id: ID }), components: [gallery(`https://cdn.midjourney.com/${uuidOf(4)}/0_0.png`)] };
    assert.deepEqual(parseMessage(read(cdn)).jobUuids, [uuidOf(4)]);
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
