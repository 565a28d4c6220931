import sharp from 'sharp';
import type { Painter, Picture, Scene } from '@atelier/simulator';

/** Paints 8 × 8 pixels and writes the mark, which names the owner of the picture, into the file. */
export function createMarkingPainter(): Painter {
  const paint = async (mark: string): Promise<Picture> => {
    const plain = sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } });
    const bytes = await plain
      .withExif({ IFD0: { ImageDescription: mark } })
      .png()
      .toBuffer();
    return { bytes, contentType: 'image/png', width: 8, height: 8 };
  };
  const siblings = (scene: Scene): Scene[] => ['0', '1', '2', '3'].map((variant) => ({ ...scene, variant }));
  return {
    imagine: (prompt, { seed, aspect }) => siblings({ prompt, seed, variant: '', view: { x: 0, y: 0, width: aspect, height: 1 } }),
    vary: siblings,
    zoomOut: (scene) => scene,
    pan: (scene) => scene,
    square: (scene) => scene,
    grid: (_scenes, { mark }) => paint(mark),
    preview: (_scenes, { mark }) => paint(mark),
    single: (_scene, { mark }) => paint(mark),
    clip: () => Promise.reject(new Error('this painter makes no clips')),
    close: () => Promise.resolve(),
  };
}
