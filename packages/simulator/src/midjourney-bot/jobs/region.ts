import sharp from 'sharp';
import type { NewFile } from '../../discord/hub.ts';
import type { Painter, Scene } from '../../art/painter.ts';

interface RegionRequest {
  /** The old picture. */
  scene: Scene;
  /** The four new pictures; each shows where the mask is white. */
  scenes: readonly Scene[];
  /** Any picture: stretched over the scene. */
  mask: Uint8Array;
  tilePixels: number;
  mark: string;
}

/** A grid of four pictures that are the old one outside the mask. */
export async function paintRegion(painter: Painter, request: RegionRequest): Promise<Omit<NewFile, 'filename'>> {
  const { scene, scenes, mask, tilePixels, mark } = request;
  const grid = await painter.grid(scenes, { tilePixels, mark });
  const before = await painter.grid(
    scenes.map(() => scene),
    { tilePixels, mark },
  );
  const { width, height } = grid;
  const alpha = await tiledMask(mask, width, height);
  const { data } = await sharp(grid.bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const anew = await sharp(data, { raw: { width, height, channels: 3 } })
    .joinChannel(alpha, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
  const bytes = await sharp(before.bytes)
    .composite([{ input: anew }])
    .keepExif()
    .png()
    .toBuffer();
  return { bytes, contentType: 'image/png', width, height };
}

/** The mask on each quarter of a grid, one byte a pixel. */
async function tiledMask(mask: Uint8Array, width: number, height: number): Promise<Buffer> {
  const [tileWidth, tileHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const { data } = await sharp(mask)
    .flatten({ background: 'black' })
    .resize(tileWidth, tileHeight, { fit: 'fill', kernel: 'nearest' })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const tiled = Buffer.alloc(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      tiled[row * width + column] = data[(row % tileHeight) * tileWidth + (column % tileWidth)] ?? 0;
    }
  }
  return tiled;
}
