import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planesBytes, planesOver, type Area, type Planes } from './planes.ts';
import { createScene, type Scene, type SceneOrder } from './scene.ts';
import { paintCover, sceneOrder } from '../testing/scenes.ts';
import { HARD_TEXTS } from '../testing/texts.ts';

const cover = paintCover();
const sceneOf = (order: Partial<SceneOrder>): Scene => createScene(sceneOrder(order), cover, 1);

function paintFrames(scene: Scene, numbers: Iterable<number>): Planes {
  const { width, height, luma, blue, red } = scene.plate;
  const buffer = planesOver(new ArrayBuffer(planesBytes(width, height)), width, height);
  buffer.luma.set(luma);
  buffer.blue.set(blue);
  buffer.red.set(red);
  for (const number of numbers) scene.paint(buffer, 0, number);
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

/** Where a title may be, with its shadow. */
const TITLE_AREAS = {
  stage: { x: 60, y: 506, width: 428, height: 140 },
  halo: { x: 60, y: 20, width: 960, height: 110 },
  poster: { x: 50, y: 30, width: 820, height: 160 },
} as const;
const MOVING_AREAS = {
  stage: { x: 528, y: 116, width: 692, height: 550 },
  halo: { x: 60, y: 172, width: 960, height: 836 },
  poster: { x: 60, y: 416, width: 1160, height: 260 },
} as const;

for (const template of ['stage', 'halo', 'poster'] as const) {
  describe(`template ${template}`, () => {
    test('every hard text is seen as a title, and only where titles are', () => {
      const untitled = sceneOf({ template, lyrics: [] }).plate;
      for (const [name, title] of Object.entries(HARD_TEXTS)) {
        const { inside, outside } = countChanges(sceneOf({ template, lyrics: [], title }).plate, untitled, TITLE_AREAS[template]);
        assert.ok(inside > 300, `${name}: seen (${inside} pixels)`);
        assert.equal(outside, 0, `${name}: stays in its place`);
      }
    });

    test('moves, and only where it should', () => {
      const scene = sceneOf({ template });
      const { inside, outside } = countChanges(paintFrames(scene, [0, 20]), scene.plate, MOVING_AREAS[template]);
      assert.ok(inside > 2_000, `${inside} pixels`);
      assert.equal(outside, 0);
    });

    test('a frame is the same whatever was painted before it', () => {
      const numbers = Array.from({ length: 31 }, (_, number) => number);
      const { luma, blue, red } = paintFrames(sceneOf({ template }), numbers);
      const direct = paintFrames(sceneOf({ template }), [30]);
      assert.ok(Buffer.from(luma).equals(direct.luma) && Buffer.from(blue).equals(direct.blue) && Buffer.from(red).equals(direct.red));
    });

    test('a line is swept in the direction it is read', () => {
      for (const [text, isRightToLeft] of [
        ['Neon rivers run through', false],
        ['أنهار النيون في المدينة', true],
      ] as const) {
        const order = { template, lyrics: [{ startMs: 0, endMs: 2_000, text }] };
        const middle = countedMiddle(paintFrames(sceneOf(order), [5]), paintFrames(sceneOf(order), [20]), template);
        const whole = countedMiddle(paintFrames(sceneOf(order), [5]), paintFrames(sceneOf(order), [49]), template);
        assert.equal(middle > whole, isRightToLeft, `${text}: ${middle} of ${whole}`);
      }
    });
  });
}

/** The mean place, from left to right, of the colour that changed among the lyrics. */
function countedMiddle(one: Planes, other: Planes, template: 'stage' | 'halo' | 'poster'): number {
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
