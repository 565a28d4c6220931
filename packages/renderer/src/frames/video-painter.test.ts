import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planesBytes, planesOver, type Area, type Planes } from './planes.ts';
import { createVideoPainter, type VideoPainter, type VideoContent } from './video-painter.ts';
import { paintCover, createTestContent } from '../testing/content.ts';
import { TEMPLATES, type TemplateName } from '../templates/templates.ts';
import { HARD_TEXTS } from '../testing/texts.ts';

const cover = paintCover();
const painterOf = (content: Partial<VideoContent>): Promise<VideoPainter> => createVideoPainter(createTestContent(content), cover, 1);

function paintFrames(painter: VideoPainter, numbers: Iterable<number>): Planes {
  const { width, height, luma, blue, red } = painter.plate;
  const buffer = planesOver(new ArrayBuffer(planesBytes(width, height)), width, height);
  buffer.luma.set(luma);
  buffer.blue.set(blue);
  buffer.red.set(red);
  for (const number of numbers) painter.paint(buffer, 0, number);
  return buffer;
}

/** How many pixels differ inside an area and outside it. */
function countChanges(one: Planes, other: Planes, area: Area): { inside: number; outside: number } {
  const changes = { inside: 0, outside: 0 };
  for (let at = 0; at < one.luma.length; at++) {
    if (one.luma[at] === other.luma[at]) continue;
    const x = at % one.width;
    const y = Math.floor(at / one.width);
    const isInside = x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height;
    changes[isInside ? 'inside' : 'outside'] += 1;
  }
  return changes;
}

/** For each template: the area of titles with their shadows, and below the area of everything that moves. */
const TITLE_AREAS = {
  stage: { x: 60, y: 506, width: 428, height: 140 },
  halo: { x: 60, y: 20, width: 960, height: 110 },
  poster: { x: 50, y: 30, width: 820, height: 160 },
} as const satisfies Record<TemplateName, Area>;
const MOVING_AREAS = {
  stage: { x: 528, y: 116, width: 692, height: 550 },
  halo: { x: 60, y: 172, width: 960, height: 836 },
  poster: { x: 60, y: 416, width: 1160, height: 260 },
} as const satisfies Record<TemplateName, Area>;

for (const template of Object.keys(TEMPLATES) as TemplateName[]) {
  describe(`template ${template}`, () => {
    test('every hard text is drawn as a title, and only inside the area of titles', async () => {
      const untitled = (await painterOf({ template, lyrics: [] })).plate;
      for (const [name, title] of Object.entries(HARD_TEXTS)) {
        const { inside, outside } = countChanges((await painterOf({ template, lyrics: [], title })).plate, untitled, TITLE_AREAS[template]);
        assert.ok(inside > 300, `${name}: seen (${inside} pixels)`);
        assert.equal(outside, 0, `${name}: stays in its place`);
      }
    });

    test('only the moving parts change from frame to frame', async () => {
      const painter = await painterOf({ template });
      const { inside, outside } = countChanges(paintFrames(painter, [0, 20]), painter.plate, MOVING_AREAS[template]);
      assert.ok(inside > 2_000, `${inside} pixels`);
      assert.equal(outside, 0);
    });

    test('a frame does not depend on the frames painted before it', async () => {
      const numbers = Array.from({ length: 31 }, (_, number) => number);
      const { luma, blue, red } = paintFrames(await painterOf({ template }), numbers);
      const direct = paintFrames(await painterOf({ template }), [30]);
      assert.ok(Buffer.from(luma).equals(direct.luma) && Buffer.from(blue).equals(direct.blue) && Buffer.from(red).equals(direct.red));
    });

    test('a line is swept in its reading direction', async () => {
      for (const [text, isRightToLeft] of [
        ['Neon rivers run through', false],
        ['أنهار النيون في المدينة', true],
      ] as const) {
        const content = { template, lyrics: [{ startMs: 0, endMs: 2_000, text }] };
        const middle = countedMiddle(paintFrames(await painterOf(content), [5]), paintFrames(await painterOf(content), [20]), template);
        const whole = countedMiddle(paintFrames(await painterOf(content), [5]), paintFrames(await painterOf(content), [49]), template);
        assert.equal(middle > whole, isRightToLeft, `${text}: ${middle} of ${whole}`);
      }
    });
  });
}

/** The mean place, from left to right, of the colour that changed among the lyrics. */
function countedMiddle(one: Planes, other: Planes, template: TemplateName): number {
  const rows = { stage: [230, 320], halo: [900, 1_000], poster: [440, 560] } as const;
  const [from, to] = rows[template];
  const width = one.width / 2;
  let sum = 0;
  let count = 0;
  for (let at = (from / 2) * width; at < (to / 2) * width; at++) {
    if (one.red[at] === other.red[at]) continue;
    sum += at % width;
    count++;
  }
  return sum / count;
}
