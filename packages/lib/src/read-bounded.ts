/** The stream holds more bytes than its reader takes. */
export class TooManyBytesError extends Error {
  override readonly name = 'TooManyBytesError';
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`more than ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

/**
 * All bytes of a stream. Rejects with `TooManyBytesError` as soon as there are more than `maxBytes`, and with the stream's own error; leaving the loop
 * early destroys a Node stream, so nothing more is read.
 */
export async function readBounded(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const buffer = createBoundedBuffer(maxBytes);
  for await (const chunk of stream) buffer.push(chunk);
  return buffer.toBuffer();
}

/** Collects chunks that a callback is given. */
export interface BoundedBuffer {
  /** Throws `TooManyBytesError` when the chunks together have more than `maxBytes` bytes. */
  push(this: void, chunk: Uint8Array): void;
  toBuffer(): Buffer;
}

export function createBoundedBuffer(maxBytes: number): BoundedBuffer {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new TooManyBytesError(maxBytes);
      chunks.push(chunk);
    },
    toBuffer: () => Buffer.concat(chunks, bytes),
  };
}
