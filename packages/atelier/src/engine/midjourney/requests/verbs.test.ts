import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listAt, type JsonObject } from '@atelier/lib/json';
import { BOT_IDS } from '../messages/message.ts';
import { promptFit } from '../messages/prompt-fit.ts';
import { botMessage, gridMessage, progressMessage, uuidOf } from '../testing/bot-messages.ts';
import { dataOf } from '../testing/fake-session.ts';
import { createTestEngine } from '../testing/test-engine.ts';
import { parseOperation } from './operation.ts';
import { placeImages } from './request-pictures.ts';

const UUID = uuidOf(7);
const optionsOf = (payload: JsonObject | undefined) => listAt(dataOf(payload), 'options');

describe('/show', () => {
  test('names the job from the start, and completes with its picture and buttons', async () => {
    const test = createTestEngine();
    const planned = parseOperation(await test.plan(test.toJob({ verb: 'show', jobUuid: UUID })));
    assert.deepEqual(planned.jobUuids, [UUID]);
    const shown = await test.start({ verb: 'show', jobUuid: UUID });
    assert.deepEqual(optionsOf(test.session.posted[0]), [{ type: 3, name: 'job_id', value: UUID }]);
    const message = gridMessage({ id: test.id(), prompt: 'a fox made elsewhere', uuid: UUID, nonce: shown.nonce });
    await test.send('MESSAGE_CREATE', message);
    const { buttons, media } = shown.last('completed');
    assert.equal(buttons.length, 9);
    assert.equal(media.length, 1);
  });

  test('takes the option’s name from the command index', async () => {
    const test = createTestEngine();
    test.session.commands = test.session.commands.map((command) =>
      command['name'] === 'show' ? { ...command, options: [{ type: 3, name: 'id', description: 'd' }] } : command,
    );
    await test.start({ verb: 'show', jobUuid: UUID });
    assert.deepEqual(optionsOf(test.session.posted[0]), [{ type: 3, name: 'id', value: UUID }]);
  });

  test('a refusal of the bot ends the job in its words', async () => {
    const test = createTestEngine();
    const shown = await test.start({ verb: 'show', jobUuid: UUID });
    const embeds = [{ type: 'rich', title: 'Invalid request', description: 'There is no job of that id.', color: 16_711_680 }];
    await test.send('MESSAGE_CREATE', botMessage({ id: test.id(), nonce: shown.nonce, flags: 64, embeds }));
    const { failure } = shown.last('failed');
    assert.deepEqual([failure.title, failure.details], ['Invalid request', 'There is no job of that id.']);
  });
});

describe('the niji bot', () => {
  test('gets its own command, the press of its button, and makes the job’s picture', async () => {
    const test = createTestEngine();
    const job = await test.start({ verb: 'imagine', prompt: 'a fox', bot: 'niji' });
    const [payload] = test.session.posted;
    assert.equal(payload?.['application_id'], BOT_IDS.niji);
    assert.equal(dataOf(payload)['id'], 'niji');
    const from = { authorId: BOT_IDS.niji, prompt: 'a fox --niji 7' };
    await test.send('MESSAGE_CREATE', progressMessage({ id: test.id(), nonce: job.nonce, percent: 10, uuid: UUID, ...from }));
    await test.send('MESSAGE_CREATE', gridMessage({ id: test.id(), uuid: UUID, ...from }));
    assert.equal(job.last('completed').media.length, 1);
    const press = { label: 'U1', customId: `MJ::JOB::upsample::1::${UUID}`, messageId: '5', messageFlags: 0, prompt: null, mask: null };
    await test.start({ verb: 'button', ...press, bot: 'niji' });
    assert.equal(test.session.posted[1]?.['application_id'], BOT_IDS.niji);
    await test.start({ verb: 'button', ...press });
    assert.equal(test.session.posted[2]?.['application_id'], BOT_IDS.midjourney);
  });
});

describe('pictures that come with a prompt', () => {
  const images = [
    { source: 'upload:a', use: 'prompt' },
    { source: 'upload:b', use: 'sref' },
  ] as const;

  test('are posted in the channel first, and their links stand in the prompt', async () => {
    const read: string[] = [];
    const test = createTestEngine({
      fetchImage: (url) => {
        read.push(url);
        return Promise.resolve({ bytes: new Uint8Array(3), contentType: 'image/png', filename: `${url.at(-1)}.png` });
      },
    });
    const job = await test.start({ verb: 'imagine', prompt: 'a fox --ar 3:2', images: [...images] });
    assert.deepEqual(read, ['upload:a', 'upload:b']);
    assert.deepEqual(test.session.sent, ['a.png', 'b.png']);
    const value = 'https://cdn.example/1/a.png?ex=1& a fox --ar 3:2 --sref https://cdn.example/2/b.png?ex=1&';
    assert.deepEqual(optionsOf(test.session.posted[0]), [{ type: 3, name: 'prompt', value }]);
    assert.equal(job.operation.prompt, 'https://picture a fox --ar 3:2 --sref https://picture');

    const prompt = '<https://s.mj.run/x> a fox --ar 3:2 --sref https://s.mj.run/y --v 7.0';
    assert.notEqual(promptFit(job.operation.prompt ?? '', prompt), undefined);
    await test.send('MESSAGE_CREATE', progressMessage({ id: test.id(), nonce: job.nonce, percent: 10, uuid: UUID, prompt }));
    await test.send('MESSAGE_CREATE', gridMessage({ id: test.id(), prompt, uuid: UUID }));
    assert.equal(job.last('completed').media.length, 1);
  });

  test('that make the prompt too long end the job before the prompt is sent', async () => {
    const test = createTestEngine();
    const job = await test.start({ verb: 'imagine', prompt: 'x'.repeat(5_990), images: [images[0]] });
    const { failure } = job.last('failed');
    assert.deepEqual([failure.code, failure.title], ['prompt-invalid', 'The prompt is too long']);
    assert.equal(test.session.posted.length, 0);
  });

  test('go behind the parameter where the prompt has it, whatever its dash', () => {
    const link = (): string => 'L';
    const place = (prompt: string): string => placeImages(prompt, [{ source: 's', use: 'sref' }], link);
    assert.equal(place('a fox --sref 123 --ar 3:2'), 'a fox --sref L 123 --ar 3:2');
    assert.equal(place('a fox —sref 123'), 'a fox —sref L 123');
    assert.equal(place('a fox --srefs'), 'a fox --srefs --sref L');
    const two = placeImages(
      'a fox',
      [
        { source: 's', use: 'oref' },
        { source: 't', use: 'prompt' },
        { source: 'u', use: 'prompt' },
      ],
      ({ source }) => source,
    );
    assert.equal(two, 't u a fox --oref s');
  });
});
