import sharp from 'sharp';

export interface Tile {
  /** 1 top left, 2 top right, 3 bottom left, 4 bottom right. Source: linkr, action. */
  index: 1 | 2 | 3 | 4;
  bytes: Uint8Array;
  width: number;
  height: number;
}

/** Pictures larger than this are not decoded: a 100 kB file can hold a gigapixel. */
const MAX_PIXELS = 80_000_000;

/** Size and format of a picture, without decoding it. Throws when the bytes are not a picture, or the picture is too large. */
export async function measurePicture(bytes: Uint8Array): Promise<{ width: number; height: number; format: string }> {
  const { width, height, format } = await sharp(bytes, { limitInputPixels: MAX_PIXELS }).metadata();
  return { width, height, format };
}

/** The four pictures of a 2×2 grid as PNG, in order. An odd pixel goes to the right and bottom pictures. */
export async function splitGrid(bytes: Uint8Array): Promise<Tile[]> {
  const decoded = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' }).raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = decoded.info;
  const halfWidth = Math.floor(width / 2);
  const halfHeight = Math.floor(height / 2);
  const areas = [
    { index: 1, left: 0, top: 0, width: halfWidth, height: halfHeight },
    { index: 2, left: halfWidth, top: 0, width: width - halfWidth, height: halfHeight },
    { index: 3, left: 0, top: halfHeight, width: halfWidth, height: height - halfHeight },
    { index: 4, left: halfWidth, top: halfHeight, width: width - halfWidth, height: height - halfHeight },
  ] as const;
  return Promise.all(
    areas.map(async ({ index, ...area }) => ({
      index,
      width: area.width,
      height: area.height,
      bytes: await sharp(decoded.data, { raw: { width, height, channels } }).extract(area).png({ compressionLevel: 4 }).toBuffer(),
    })),
  );
}
