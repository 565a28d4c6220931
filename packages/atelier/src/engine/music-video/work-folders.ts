import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Temporary folders of renders, side by side in one place that nobody else writes to. */
export interface WorkFolders {
  /** Removes what an earlier process left: it was killed, and its jobs begin anew. Only before the first `open`. */
  sweep(): Promise<void>;
  open(): Promise<{ path: string; remove(): Promise<void> }>;
}

export function createWorkFolders(root: string): WorkFolders {
  const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
  return {
    async sweep() {
      await mkdir(root, { recursive: true });
      await Promise.all((await readdir(root)).map((name) => remove(join(root, name))));
    },
    async open() {
      await mkdir(root, { recursive: true });
      const path = await mkdtemp(join(root, 'video-'));
      return { path, remove: () => remove(path) };
    },
  };
}
