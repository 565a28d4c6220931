/** Closed outlines in units of the figure's height: x to the right of its middle, y down from its feet (so above is negative). */
export type Outline = readonly number[];

/** Points from text: x and y of each, divided by commas. */
const pointsOf = (text: string): [number, number][] => text.split(', ').map((point) => point.split(' ').map(Number) as [number, number]);

/** A smooth closed curve through points, as a fine polygon (Catmull-Rom). A point given twice stays a corner. */
export function curve(points: readonly (readonly [number, number])[]): Outline {
  const outline: number[] = [];
  const count = points.length;
  const at = (index: number): readonly [number, number] => points[(index + count) % count] ?? [0, 0];
  for (let index = 0; index < count; index++) {
    const [a, b, c, d] = [at(index - 1), at(index), at(index + 1), at(index + 2)];
    if (b[0] === c[0] && b[1] === c[1]) continue;
    for (let part = 0; part < 5; part++) {
      const t = part / 5;
      for (const axis of [0, 1] as const) {
        outline.push(
          0.5 *
            (2 * b[axis] +
              (c[axis] - a[axis]) * t +
              (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * t * t +
              (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis]) * t * t * t),
        );
      }
    }
  }
  return outline;
}

/** A cat sitting with its back to us, the tail laid out to the right. */
export const CAT: Outline = curve(
  pointsOf(
    '-0.23 0, -0.27 -0.14, -0.22 -0.34, -0.13 -0.5, -0.13 -0.57, -0.18 -0.66, -0.185 -0.78, -0.19 -0.98, -0.19 -0.98, ' +
      '-0.09 -0.885, -0.09 -0.885, 0 -0.9, 0.09 -0.885, 0.09 -0.885, 0.19 -0.98, 0.19 -0.98, 0.185 -0.78, 0.18 -0.66, 0.13 -0.57, ' +
      '0.13 -0.5, 0.22 -0.34, 0.26 -0.14, 0.25 -0.075, 0.4 -0.075, 0.52 -0.12, 0.56 -0.22, 0.52 -0.31, 0.57 -0.335, 0.62 -0.25, ' +
      '0.6 -0.12, 0.5 -0.02, 0.36 0.005, 0.2 0.01, 0 0.015',
  ),
);

/** A brimmed hat that fits the cat. */
export const HAT: Outline = curve(
  pointsOf(
    '-0.27 -0.9, -0.27 -0.9, -0.13 -0.93, -0.13 -0.93, -0.11 -1.1, -0.06 -1.14, 0 -1.115, 0.06 -1.14, 0.11 -1.1, 0.13 -0.93, ' +
      '0.13 -0.93, 0.27 -0.9, 0.27 -0.9, 0.14 -0.862, 0 -0.855, -0.14 -0.862',
  ),
);

/** A fox sitting in profile, looking to the right, its brush behind it. */
export const FOX: Outline = curve(
  pointsOf(
    '-0.12 0.005, -0.3 0.01, -0.48 -0.03, -0.6 -0.14, -0.62 -0.28, -0.55 -0.38, -0.55 -0.38, -0.5 -0.26, -0.4 -0.17, ' +
      '-0.28 -0.13, -0.27 -0.22, -0.22 -0.38, -0.1 -0.53, 0 -0.62, 0.03 -0.7, 0.01 -0.76, 0.015 -0.86, 0.055 -1, 0.055 -1, ' +
      '0.11 -0.885, 0.11 -0.885, 0.14 -0.875, 0.175 -0.985, 0.175 -0.985, 0.215 -0.85, 0.25 -0.79, 0.33 -0.75, 0.415 -0.71, ' +
      '0.415 -0.71, 0.4 -0.68, 0.3 -0.66, 0.215 -0.62, 0.205 -0.52, 0.21 -0.38, 0.195 -0.22, 0.19 -0.06, 0.24 -0.03, 0.25 0, ' +
      '0.25 0, 0.1 0.005, 0.1 0.005, 0.1 -0.12, 0.06 -0.2, 0.04 -0.06, 0.08 -0.02, 0.07 0.005, 0.07 0.005',
  ),
);

/** Someone standing with a long coat and a staff, seen from behind. */
export const WANDERER: Outline = curve(
  pointsOf(
    '-0.13 0, -0.13 0, -0.12 -0.2, -0.13 -0.42, -0.145 -0.62, -0.13 -0.74, -0.06 -0.79, -0.05 -0.82, -0.075 -0.87, -0.07 -0.95, ' +
      '0 -1, 0.07 -0.95, 0.075 -0.87, 0.05 -0.82, 0.06 -0.79, 0.13 -0.74, 0.165 -0.6, 0.235 -0.5, 0.235 -0.5, 0.238 -0.88, ' +
      '0.238 -0.88, 0.256 -0.88, 0.256 -0.88, 0.262 0, 0.262 0, 0.244 0, 0.244 0, 0.238 -0.44, 0.238 -0.44, 0.13 -0.5, ' +
      '0.125 -0.42, 0.14 -0.2, 0.15 0, 0.15 0, 0.03 0.005, 0.03 0.005, 0.01 -0.16, -0.01 0.005, -0.01 0.005',
  ),
);
