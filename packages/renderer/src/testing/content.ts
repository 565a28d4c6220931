import { createCanvas, type Canvas } from '@napi-rs/canvas';
import type { VideoContent } from '../frames/video-painter.ts';
import { composeSamples } from './sounds.ts';

/** A cover of two colours: a warm disc on blue. */
export function paintCover(): Canvas {
  const canvas = createCanvas(256, 256);
  const context = canvas.getContext('2d');
  context.fillStyle = '#20408c';
  context.fillRect(0, 0, 256, 256);
  context.fillStyle = '#ff8c32';
  context.beginPath();
  context.arc(128, 128, 70, 0, Math.PI * 2);
  context.fill();
  return canvas;
}

/** Two seconds of video with a line of lyrics. */
export const createTestContent = (content: Partial<VideoContent>): VideoContent => ({
  title: '',
  author: '',
  domain: '',
  template: 'stage',
  lyrics: [{ startMs: 400, endMs: 1_600, text: 'Neon rivers run' }],
  frames: 50,
  framesPerSecond: 25,
  durationMs: 2_000,
  samples: composeSamples(2),
  ...content,
});
