import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Direction, Painter, Picture, Scene } from '../art/painter.ts';

/** A painter for tests: 8 × 8 pixels in a colour derived from the scenes, with the mark in the EXIF description. Scenes move as `Painter` says. */
export function createTestPainter(): Painter {
  const paint = async (mark: string, contentType: Picture['contentType'], scenes: readonly Scene[]): Promise<Picture> => {
    const [r, g, b] = createHash('sha256').update(JSON.stringify(scenes)).digest();
    const plain = sharp({ create: { width: 8, height: 8, channels: 3, background: { r: r ?? 0, g: g ?? 0, b: b ?? 0 } } });
    const marked = plain.withExif({ IFD0: { ImageDescription: mark } });
    const bytes = await (contentType === 'image/png' ? marked.png() : marked.webp()).toBuffer();
    return { bytes, contentType, width: 8, height: 8 };
  };
  const moved = (scene: Scene, view: Partial<Scene['view']>): Scene => ({ ...scene, view: { ...scene.view, ...view } });
  const shift: Record<Direction, [number, number]> = { left: [-0.5, 0], right: [0.5, 0], up: [0, -0.5], down: [0, 0.5] };
  return {
    imagine: (prompt, { seed, aspect }) =>
      [0, 1, 2, 3].map((index) => ({ prompt, seed, variant: String(index), view: { x: 0, y: 0, width: aspect, height: 1 } })),
    vary: (scene, { seed, prompt }) =>
      [0, 1, 2, 3].map((index) => ({ ...scene, seed, prompt: prompt ?? scene.prompt, variant: `${scene.variant}.${index}` })),
    zoomOut: (scene, factor) => moved(scene, { width: scene.view.width * factor, height: scene.view.height * factor }),
    pan(scene, direction) {
      const [x, y] = shift[direction];
      return moved(scene, { x: scene.view.x + x * scene.view.width, y: scene.view.y + y * scene.view.height });
    },
    square(scene) {
      const side = Math.max(scene.view.width, scene.view.height);
      return moved(scene, { width: side, height: side });
    },
    grid: (scenes, { mark }) => paint(mark, 'image/png', scenes),
    preview: (scenes, { mark }) => paint(mark, 'image/webp', scenes),
    single: (scene, { mark }) => paint(mark, 'image/png', [scene]),
    clip: async (_scene, { mark, seconds = 5 }) => ({ bytes: Buffer.from(mark), contentType: 'video/mp4', width: 16, height: 16, seconds }),
    close: async () => undefined,
  };
}
