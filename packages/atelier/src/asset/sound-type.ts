import { Readable } from 'node:stream';

const SIGNATURES: readonly { at: number; bytes: string; type: string }[] = [
  { at: 0, bytes: 'ID3', type: 'audio/mpeg' },
  { at: 8, bytes: 'WAVE', type: 'audio/wav' },
  { at: 0, bytes: 'fLaC', type: 'audio/flac' },
  { at: 0, bytes: 'OggS', type: 'audio/ogg' },
  { at: 4, bytes: 'ftyp', type: 'audio/mp4' },
];

const HEAD_BYTES = 12;

/** The media type of a sound file that begins with these bytes; undefined when they match no known type. */
export function soundTypeOf(head: Buffer): string | undefined {
  const found = SIGNATURES.find(({ at, bytes }) => head.toString('latin1', at, at + bytes.length) === bytes);
  if (found) return found.type;
  // An MPEG frame: eleven set bits, then layer I–III (00 there is ADTS, which is AAC).
  const [first = 0, second = 0] = head;
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  return (second & 0x06) === 0 ? 'audio/aac' : 'audio/mpeg';
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
