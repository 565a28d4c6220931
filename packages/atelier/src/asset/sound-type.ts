import { Readable } from 'node:stream';
import { fileTypeFromBuffer } from 'file-type';

/** Media types as this server serves them, by the types that the library names. */
const SOUND_TYPES: Readonly<Record<string, string>> = {
  'audio/mpeg': 'audio/mpeg',
  'audio/wav': 'audio/wav',
  'audio/flac': 'audio/flac',
  'audio/aac': 'audio/aac',
  'audio/ogg': 'audio/ogg',
  'application/ogg': 'audio/ogg',
  'audio/x-m4a': 'audio/mp4',
  'audio/mp4': 'audio/mp4',
  'video/mp4': 'audio/mp4',
};

/** The library recommends this many bytes for a sample. */
const HEAD_BYTES = 4_100;

/** The media type of a sound file that begins with these bytes; undefined when they match no known type. */
export async function soundTypeOf(head: Uint8Array): Promise<string | undefined> {
  const found = await fileTypeFromBuffer(head);
  // A type may carry parameters: `audio/ogg; codecs=opus`.
  return SOUND_TYPES[found?.mime.split(';')[0] ?? ''];
}

/** Reads the first bytes of a stream; `whole` is the complete stream, these bytes included. Destroying `whole` destroys `body`. */
export async function peek(body: Readable): Promise<{ head: Buffer; whole: Readable }> {
  const chunks = body[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < HEAD_BYTES) {
    const { value, done } = (await chunks.next()) as IteratorResult<Uint8Array>;
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  async function* again(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value as Uint8Array;
  }
  const whole = Readable.from(again(), { objectMode: false });
  whole.once('close', () => body.destroy());
  return { head, whole };
}
