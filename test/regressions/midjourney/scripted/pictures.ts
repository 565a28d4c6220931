import sharp from 'sharp';

/** The pictures of the CDN. No two are alike, so the bytes tell one from another. */
export interface Pictures {
  /** Reserves a new picture. Returns its path below `/attachments/`. */
  add(place: { channelId: string; id: string }, name: string, filename: string): string;
  /** Keeps an uploaded file. */
  keep(path: string, bytes: Buffer, contentType: string): void;
  read(path: string): Promise<{ bytes: Buffer; contentType: string } | undefined>;
}

const SIZE = 128;

export function createPictures(): Pictures {
  const files = new Map<string, () => Promise<{ bytes: Buffer; contentType: string }>>();
  let count = 0;
  return {
    add({ channelId, id }, name, filename) {
      const path = `/attachments/${channelId}/${id}/${filename}`;
      const number = count++;
      const isPreview = name.startsWith('preview');
      let drawn: Promise<Buffer> | undefined;
      files.set(path, async () => ({
        bytes: await (drawn ??= draw(number, isPreview)),
        contentType: isPreview ? 'image/webp' : 'image/png',
      }));
      return path;
    },
    keep: (path, bytes, contentType) => void files.set(path, async () => ({ bytes, contentType })),
    read: async (path) => await files.get(path)?.(),
  };
}

function draw(number: number, isPreview: boolean): Promise<Buffer> {
  const background = { r: (number * 67) % 256, g: (number * 31 + 90) % 256, b: isPreview ? 10 : 200 };
  const picture = sharp({ create: { width: SIZE, height: SIZE, channels: 3, background } });
  return (isPreview ? picture.webp() : picture.png()).toBuffer();
}
