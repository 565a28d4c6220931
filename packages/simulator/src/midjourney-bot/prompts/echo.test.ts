import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createTestSimulator, textAt, type TestSimulator } from '../../testing/client.ts';
import { cutEcho, respell } from './echo.ts';

describe('an echo in another form', () => {
  const FORMS: readonly [form: Parameters<typeof respell>[1], echo: string, written: string][] = [
    ['usual', 'a\u200B fox', 'a\u200B fox'],
    ['zero-width', 'a fox\u200B in \u2068the\u2069 rain\uFE0F', 'a fox in the rain'],
    ['short-names', 'a fox --profile 7312645 --stylize 50 --chaos 3', 'a fox --p 7312645 --s 50 --c 3'],
    ['defaults', 'a fox --stylize 50 --v 7.0', 'a fox --stylize 50 --v 7.0 --ar 1:1 --c 0'],
    ['sequence', 'a fox --ar 3:2 --no red, blue --v 7.0', 'a fox --v 7.0 --no red, blue --ar 3:2'],
    ['weights', 'a fox::2 rain::1.0 sky::0.5', 'a fox::2.0 rain::1 sky::0.5'],
    ['all', 'a\u200B fox::2 --profile 7 --v 7.0', 'a fox::2.0 --s 100 --c 0 --ar 1:1 --v 7.0 --p 7'],
  ];
  for (const [form, echo, written] of FORMS) {
    test(`${form}: ${JSON.stringify(echo)} becomes ${JSON.stringify(written)}`, () => assert.equal(respell(echo, form), written));
  }

  test('is cut at other places in start, progress and result, and never within a character', () => {
    const echo = '🦊'.repeat(60);
    const lengths = (['start', 'progress', 'result'] as const).map((place) => Array.from(cutEcho(echo, 25, place)).length);
    assert.deepEqual(lengths, [26, 6, 56]);
    assert.equal(cutEcho(echo, 0, 'start'), echo);
    assert.equal(cutEcho(echo, 60, 'start'), echo);
  });
});

describe('a long prompt with sim:echo-cut', () => {
  let harness: TestSimulator;
  before(async () => {
    harness = await createTestSimulator();
  });
  after(() => harness.close());

  test('is cut after 1900 characters in the start, 1880 in progress and 1930 in the result', async () => {
    const prompt = `sim:echo-cut sim:preview-bare ${'a tall mill with many windows and a garden of blue flowers '.repeat(36)}`;
    const begins = (length: number) => (message: object) =>
      textAt({ ...message }, 'content').startsWith(`**${prompt.slice(0, length)}…** - <@`);
    await harness.imagine(prompt);
    await harness.socket.event('MESSAGE_CREATE', begins(1_900));
    const { attachments, components } = await harness.socket.event(
      'MESSAGE_UPDATE',
      (message) => begins(1_880)(message) && /\(15%\)/.test(textAt(message, 'content')),
    );
    assert.match(JSON.stringify(attachments), /"filename":"grid_0\.webp"/);
    assert.deepEqual(components, []);
    await harness.finished(begins(1_930));
  });
});
