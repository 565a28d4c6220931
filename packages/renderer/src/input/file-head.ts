import { open } from 'node:fs/promises';

/** Reads pieces of a file that may be shorter than it says. */
export interface FileHead {
  size: number;
  /** Up to `bytes` bytes; fewer, or none, where the file ends. */
  read(position: number, bytes: number): Promise<Buffer>;
}

/** Opens a file for looking into it, and closes it however `look` ends. */
export async function lookInto<Result>(path: string, look: (head: FileHead) => Promise<Result>): Promise<Result> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    return await look({
      size,
      async read(position, bytes) {
        const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(bytes), position });
        return buffer.subarray(0, bytesRead);
      },
    });
  } finally {
    await file.close();
  }
}
