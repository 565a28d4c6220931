import { dirname } from 'node:path';
import type { SourceFile } from './source-files.ts';

/**
 * The layers of the code, lowest first. A file imports from its own folder, from layers below its own, and from no layer beside or above it.
 * A folder that is not listed belongs to the longest listed path above it.
 */
export const LAYERS: readonly (readonly string[])[] = [
  ['packages/lib/src'],
  ['packages/renderer/src', 'packages/simulator/src', 'packages/client/src', 'packages/atelier/src/core', 'packages/atelier/src/discord'],
  ['packages/demo-art/src', 'packages/atelier/src/net', 'packages/atelier/src/policy', 'packages/atelier/src/store'],
  [
    'packages/atelier/src/account',
    'packages/atelier/src/asset',
    'packages/atelier/src/callback',
    'packages/atelier/src/engine',
    'packages/atelier/src/queue',
  ],
  ['packages/atelier/src/http'],
  ['packages/atelier/src/mcp', 'packages/atelier/src/config'],
  ['packages/atelier/src/server'],
  ['packages/atelier/src/cli'],
];

/** Folders that share a layer with others and still stand apart from the rest of their parent. */
const ROOMS_OF_THEIR_OWN = /^packages\/atelier\/src\/(?:engine|http\/dialects)\/[^/]+/;

/** Imports that point to a layer beside or above their own, as `from → to`. */
export function findUpwardImports(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, imports }) => {
    const from = roomOf(path);
    return imports
      .filter((target) => {
        const to = roomOf(target);
        return to.room !== from.room && !isParentOf(to.room, from.room) && !isParentOf(from.room, to.room) && to.layer >= from.layer;
      })
      .map((target) => `${path} → ${target}`);
  });
}

const isParentOf = (parent: string, child: string): boolean => child.startsWith(`${parent}/`);

function roomOf(path: string): { room: string; layer: number } {
  const layer = LAYERS.findIndex((rooms) => rooms.some((room) => path.startsWith(`${room}/`)));
  if (layer === -1) throw new Error(`${path} belongs to no layer: add its folder to LAYERS in scripts/structure/graph.ts`);
  const own = ROOMS_OF_THEIR_OWN.exec(path)?.[0];
  const room = own !== undefined && !own.endsWith('.ts') ? own : LAYERS[layer]?.find((entry) => path.startsWith(`${entry}/`));
  return { room: room ?? dirname(path), layer };
}

/** Groups of files that import one another in a circle, type-only imports included (strongly connected components, by Tarjan). */
export function findCircles(files: readonly SourceFile[]): string[][] {
  const imports = new Map(files.map((file) => [file.path, file.imports]));
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (path: string): void => {
    const own = index.size;
    index.set(path, own);
    low.set(path, own);
    stack.push(path);
    for (const next of imports.get(path) ?? []) {
      if (!imports.has(next)) continue;
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(path, Math.min(low.get(path) ?? own, low.get(next) ?? own));
    }
    if (low.get(path) !== own) return;
    const circle = stack.splice(stack.indexOf(path));
    if (circle.length > 1) circles.push(circle);
  };
  for (const { path } of files) if (!index.has(path)) visit(path);
  return circles;
}
