import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_BUTTONS, toButton } from './buttons.ts';

test("useapi: the buttons are the manual's, letter by letter", () => {
  const manual = [
    'U1|U2|U3|U4|V1|V2|V3|V4',
    '\u2B05\uFE0F|\u27A1\uFE0F|\u2B06\uFE0F|\u2B07\uFE0F|\u{1F504}',
    'Vary (Strong)|Vary (Subtle)|Zoom Out 1.5x|Zoom Out 2x|Make Square',
    'Upscale (2x)|Upscale (4x)|Upscale (Subtle)|Upscale (Creative)',
    'Redo Upscale (2x)|Redo Upscale (4x)|Redo Upscale (Subtle)|Redo Upscale (Creative)',
    'Make Variations|Remaster|Custom Zoom',
  ].flatMap((row) => row.split('|'));
  for (const button of manual) assert.equal(toButton(button), button);
  const later = ['Vary (Region)', 'Animate (High motion)', 'Animate (Low motion)', 'Extend (High motion)', 'Extend (Low motion)'];
  assert.deepEqual(ALL_BUTTONS.toSorted(), [...manual, ...later].toSorted());
  for (const other of ['u1', 'U5', '❤️', 'Web', '']) assert.equal(toButton(other), undefined);
});
