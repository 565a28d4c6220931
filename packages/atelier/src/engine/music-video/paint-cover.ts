import { createHash } from 'node:crypto';
import sharp from 'sharp';

const PIXELS = 1_024;

/**
 * Writes a PNG that replaces a missing cover: discs of light on a gradient, the same for the same title. It has no text, because
 * every template shows the title beside it.
 */
export async function paintCover(title: string, outputPath: string): Promise<void> {
  const random = createHash('sha256').update(title).digest();
  const share = (index: number): number => (random[index] ?? 0) / 255;
  const hue = Math.round(share(0) * 360);
  const second = hue + 40 + Math.round(share(1) * 80);
  const discs = [2, 6, 10].map((at) => {
    const [x, y, radius] = [share(at), share(at + 1), 0.25 + share(at + 2) * 0.3].map((part) => Math.round(part * PIXELS));
    return `<circle cx="${x}" cy="${y}" r="${radius}" fill="url(#light)" opacity="${0.25 + share(at + 3) * 0.35}"/>`;
  });
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="${PIXELS}" height="${PIXELS}">
    <defs>
      <linearGradient id="ground" gradientTransform="rotate(${Math.round(share(14) * 90)})">
        <stop offset="0" stop-color="hsl(${hue}, 62%, 24%)"/>
        <stop offset="1" stop-color="hsl(${second % 360}, 70%, 52%)"/>
      </linearGradient>
      <radialGradient id="light">
        <stop offset="0" stop-color="hsl(${(second + 30) % 360}, 90%, 78%)"/>
        <stop offset="1" stop-color="hsl(${(second + 30) % 360}, 90%, 78%)" stop-opacity="0"/>
      </radialGradient>
    </defs>
    <rect width="100%" height="100%" fill="url(#ground)"/>
    ${discs.join('')}
  </svg>`;
  await sharp(Buffer.from(drawing)).png({ compressionLevel: 3 }).toFile(outputPath);
}
