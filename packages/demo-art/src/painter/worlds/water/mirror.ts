import { createFrame, type Frame } from '../../engine/frame.ts';

/** The picture above a horizontal line, for look-ups upside down below the line. */
interface Mirror {
  light: Float32Array;
  /** Index of the pixel seen at `x`, mirrored `down` below the line; the nearest one when outside. */
  at(x: number, down: number): number;
}

/** World length that is painted beyond the frame: waves reflect places a little beside and above it. */
const MARGIN = 0.06;

/**
 * Paints the part above `line` that the frame's rows below it reflect, at half the resolution (waves blur it anyway).
 */
export function createMirror(frame: Frame, line: number, paint: (above: Frame) => void): Mirror {
  const step = frame.step * 2;
  const bottom = frame.top + frame.height * frame.step;
  const furthest = (bottom - line) * 1.35 + MARGIN;
  const nearest = Math.max(0, (frame.top - line) * 0.55 - MARGIN);
  const width = Math.ceil((frame.width * frame.step + 2 * MARGIN) / step);
  const height = Math.max(1, Math.ceil((furthest - nearest) / step));
  const above = createFrame({ width, height, left: frame.left - MARGIN, top: line - nearest - height * step, step });
  paint(above);
  const perStep = 1 / step;
  return {
    light: above.light,
    at(x, down) {
      const column = Math.min(Math.max(Math.floor((x - above.left) * perStep), 0), width - 1);
      const row = Math.min(Math.max(Math.floor((line - down - above.top) * perStep), 0), height - 1);
      return (row * width + column) * 3;
    },
  };
}
