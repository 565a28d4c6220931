import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseVariant } from './dice.ts';
import { scenePlanner } from './scene-planner.ts';

const square = scenePlanner.imagine('x', { seed: 3, aspect: 1 })[0]!;
const wide = scenePlanner.imagine('x', { seed: 3, aspect: 2 })[0]!;

describe('the scene planner', () => {
  test('the first window is one high and as wide as the aspect', () => {
    assert.deepEqual(wide.view, { x: -1, y: 0, width: 2, height: 1 });
    assert.deepEqual(scenePlanner.imagine('x', { seed: 3, aspect: 0 })[0]?.view, square.view);
    assert.equal(scenePlanner.imagine('x', { seed: 3, aspect: 1e9 })[0]?.view.width, 14);
  });

  test('zooming out keeps the middle and the shape, and ends somewhere', () => {
    assert.deepEqual(scenePlanner.zoomOut(wide, 1.5).view, { x: -1.5, y: -0.25, width: 3, height: 1.5 });
    assert.deepEqual(scenePlanner.zoomOut(wide, 99).view, scenePlanner.zoomOut(wide, 4).view);
    assert.deepEqual(scenePlanner.zoomOut(wide, 0.1).view, wide.view);
    let scene = square;
    for (let time = 0; time < 50; time++) scene = scenePlanner.zoomOut(scene, 4);
    assert.equal(scene.view.height, 64);
  });

  test('a pan grows the window by half towards one side', () => {
    assert.deepEqual(scenePlanner.pan(square, 'left').view, { x: -1, y: 0, width: 1.5, height: 1 });
    assert.deepEqual(scenePlanner.pan(square, 'right').view, { x: -0.5, y: 0, width: 1.5, height: 1 });
    assert.deepEqual(scenePlanner.pan(square, 'up').view, { x: -0.5, y: -0.5, width: 1, height: 1.5 });
    assert.deepEqual(scenePlanner.pan(square, 'down').view, { x: -0.5, y: 0, width: 1, height: 1.5 });
  });

  test('square holds the whole window', () => {
    assert.deepEqual(scenePlanner.square(wide).view, { x: -1, y: -0.5, width: 2, height: 2 });
    assert.deepEqual(scenePlanner.square(square), square);
  });

  test('variations keep the window and name their path', () => {
    const children = scenePlanner.vary(wide, { strength: 'strong', seed: 9, prompt: 'y' });
    assert.deepEqual(
      children.map(({ prompt, view }) => [prompt, view]),
      Array.from({ length: 4 }, () => ['y', wide.view]),
    );
    assert.equal(new Set(children.map(({ variant }) => variant)).size, 4);
    const [grandchild] = scenePlanner.vary(children[1]!, { strength: 'subtle', seed: 4 });
    const { root, steps } = parseVariant(grandchild?.variant ?? '');
    assert.deepEqual([root, steps.map(({ strength }) => strength)], ['0', ['strong', 'subtle']]);
    assert.deepEqual(
      parseVariant('2.0').steps.map(({ strength }) => strength),
      ['subtle'],
    );
  });
});
