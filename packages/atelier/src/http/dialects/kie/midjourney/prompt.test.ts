import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { JobError } from '../../../../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';
import { readGenerate } from './generate.ts';
import { toMidjourneyPrompt } from './prompt.ts';

const translate = (body: JsonObject): string => toMidjourneyPrompt(readGenerate({ prompt: 'a fox', ...body }, (url) => new URL(url).href));

const refusal = (body: JsonObject): string => {
  try {
    translate(body);
  } catch (error) {
    assert.ok(error instanceof JobError);
    assert.equal(error.code, 'invalid-request');
    return error.message;
  }
  return assert.fail('was not refused');
};

const A = 'https://example.com/a.png';
const B = 'https://example.com/b.png';

describe('kie generate as a Midjourney prompt', () => {
  test('mj_txt2img: every image field is a parameter, in a fixed order', () => {
    assert.equal(
      translate({
        taskType: 'mj_txt2img',
        speed: 'relaxed',
        aspectRatio: '16:9',
        version: '7',
        variety: 5,
        stylization: 50,
        weirdness: 100,
      }),
      'a fox --ar 16:9 --v 7 --chaos 5 --stylize 50 --weird 100 --relax',
    );
    assert.equal(translate({}), 'a fox');
  });

  test("mj_txt2img ignores other types' fields, even invalid ones", () => {
    assert.equal(
      translate({
        taskType: 'mj_txt2img',
        fileUrls: ['no url', 5],
        fileUrl: 7,
        ow: 'much',
        motion: [],
        videoBatchSize: 3,
        enableTranslation: 'yes',
      }),
      'a fox',
    );
  });

  test('mj_img2img: pictures in front', () => {
    assert.equal(translate({ taskType: 'mj_img2img', fileUrls: [A, B], version: '6.1' }), `${A} ${B} a fox --v 6.1`);
    assert.equal(translate({ taskType: 'mj_img2img', fileUrl: A }), `${A} a fox`);
    assert.equal(translate({ taskType: 'mj_img2img', fileUrls: [], fileUrl: A }), `${A} a fox`);
    assert.equal(translate({ taskType: 'mj_img2img', fileUrls: A }), `${A} a fox`);
  });

  test('a URL cannot smuggle parameters', () => {
    assert.equal(
      translate({ taskType: 'mj_img2img', fileUrls: ['https://example.com/a.png --v 1'] }),
      'https://example.com/a.png%20--v%201 a fox',
    );
  });

  test('mj_style_reference and mj_omni_reference', () => {
    assert.equal(translate({ taskType: 'mj_style_reference', fileUrls: [A, B], speed: 'fast' }), `a fox --sref ${A} ${B} --fast`);
    assert.equal(translate({ taskType: 'mj_omni_reference', fileUrls: [A], ow: '500', speed: 'fast' }), `a fox --oref ${A} --ow 500`);
  });

  test('mj_video: one picture, and only the parameters of videos', () => {
    const images = { version: '7', aspectRatio: '16:9', stylization: 9_999, speed: 'fast' };
    assert.equal(translate({ taskType: 'mj_video', fileUrls: [A], ...images }), `${A} a fox --video --motion high --bs 1`);
    assert.equal(
      translate({ taskType: 'mj_video_hd', fileUrl: A, motion: 'LOW', videoBatchSize: 4 }),
      `${A} a fox --video --motion low --bs 4`,
    );
    assert.equal(
      translate({ taskType: 'mj_video', fileUrl: A, motion: 20, videoBatchSize: '2' }),
      `${A} a fox --video --motion low --bs 2`,
    );
    assert.equal(translate({ taskType: 'mj_video', fileUrl: A, motion: 80 }), `${A} a fox --video --motion high --bs 1`);
    assert.match(refusal({ taskType: 'mj_video', fileUrls: [A, B] }), /exactly one/);
  });

  test('spellings that clients use', () => {
    const spellings: [JsonObject, string][] = [
      [{ speed: 'Relax' }, 'a fox --relax'],
      [{ speed: 'TURBO' }, 'a fox --turbo'],
      [{ speed: '', aspectRatio: null, version: ' ' }, 'a fox'],
      [{ version: 'niji6' }, 'a fox --niji 6'],
      [{ version: 'Niji 7' }, 'a fox --niji 7'],
      [{ version: 7 }, 'a fox --v 7'],
      [{ version: 'v6.1' }, 'a fox --v 6.1'],
      [{ aspectRatio: '21:9' }, 'a fox --ar 21:9'],
      [{ stylization: '250', variety: '0' }, 'a fox --chaos 0 --stylize 250'],
      [{ taskType: 'MJ_TXT2IMG' }, 'a fox'],
      [{ prompt: '  a fox \n' }, 'a fox'],
    ];
    for (const [body, prompt] of spellings) assert.equal(translate(body), prompt);
  });

  test('a parameter that the prompt already has is not repeated', () => {
    const fields = { speed: 'fast', aspectRatio: '1:1', version: '7', variety: 1, stylization: 1, weirdness: 1 };
    assert.equal(
      translate({ ...fields, prompt: 'a fox --aspect 2:1 --niji 6 --c 3 --s 4 --w 5 --relax' }),
      'a fox --aspect 2:1 --niji 6 --c 3 --s 4 --w 5 --relax',
    );
    assert.equal(translate({ ...fields, prompt: 'a fox —AR 2:1' }), 'a fox —AR 2:1 --v 7 --chaos 1 --stylize 1 --weird 1 --fast');
    assert.equal(translate({ aspectRatio: '1:1', prompt: 'a car, x--ar and --arc' }), 'a car, x--ar and --arc --ar 1:1');
    assert.equal(
      translate({ taskType: 'mj_video', fileUrl: A, prompt: 'go --motion low --video --bs 2', motion: 'high' }),
      `${A} go --motion low --video --bs 2`,
    );
  });

  test('an unreadable field is refused with a clear message', () => {
    const cases: [JsonObject, RegExp][] = [
      [{ prompt: '' }, /^prompt is required$/],
      [{ prompt: null }, /^prompt is required$/],
      [{ prompt: ['a'] }, /^prompt must be a string$/],
      [{ prompt: 'x'.repeat(2_001) }, /2000 characters/],
      [{ taskType: 'mj_song' }, /^taskType must be one of mj_txt2img, /],
      [{ speed: 'warp' }, /^speed must be/],
      [{ aspectRatio: '16x9' }, /^aspectRatio must be/],
      [{ aspectRatio: '0:1' }, /^aspectRatio must be/],
      [{ version: 'latest' }, /^version must be/],
      [{ variety: 101 }, /^variety must be an integer from 0 to 100$/],
      [{ stylization: -1 }, /^stylization must be an integer from 0 to 1000$/],
      [{ weirdness: 3_000.5 }, /^weirdness must be an integer from 0 to 3000$/],
      [{ weirdness: true }, /^weirdness must be an integer/],
      [{ taskType: 'mj_omni_reference', fileUrls: [A], ow: 0 }, /^ow must be an integer from 1 to 1000$/],
      [{ taskType: 'mj_img2img' }, /^fileUrls is required for mj_img2img$/],
      [{ taskType: 'mj_img2img', fileUrls: [7] }, /list of URLs/],
      [{ taskType: 'mj_video', fileUrls: [A], motion: 'wild' }, /^motion must be/],
      [{ taskType: 'mj_video', fileUrls: [A], videoBatchSize: 3 }, /^videoBatchSize must be 1, 2 or 4$/],
      [{ taskType: 'mj_img2img', fileUrls: Array.from({ length: 300 }, () => A) }, /6000 characters/],
    ];
    for (const [body, message] of cases) assert.match(refusal(body), message);
    assert.equal(translate({ prompt: '🦊'.repeat(2_000) }).length, 4_000, 'characters, not code units');
  });

  test('any body is either translated or refused', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('7', 'fast', '16:9', 'mj_video', 50, [A], A));
    const fields = [
      'taskType',
      'prompt',
      'speed',
      'fileUrl',
      'fileUrls',
      'aspectRatio',
      'version',
      'variety',
      'stylization',
      'weirdness',
      'ow',
      'motion',
      'videoBatchSize',
    ];
    const body = fc.record(Object.fromEntries(fields.map((field) => [field, value])), { requiredKeys: [] });
    fc.assert(
      fc.property(body, (sent) => {
        try {
          assert.equal(typeof toMidjourneyPrompt(readGenerate(JSON.parse(JSON.stringify(sent)), (url) => url)), 'string');
        } catch (error) {
          assert.ok(error instanceof JobError, String(error));
        }
      }),
      { numRuns: 300 },
    );
  });
});
