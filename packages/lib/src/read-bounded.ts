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
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TooManyBytesError(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}
