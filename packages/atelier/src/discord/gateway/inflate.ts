import { constants, createInflate } from 'node:zlib';

/** What a message of a zlib stream ends with (Z_SYNC_FLUSH). */
const MESSAGE_END = Buffer.from([0x00, 0x00, 0xff, 0xff]);

interface InflateStream {
  push(frame: Buffer): void;
  /** Runs `task` once everything pushed so far has been unpacked and told. */
  afterAll(task: () => void): void;
  close(): void;
}

/**
 * Turns the binary frames of one connection into messages. One zlib context serves the whole connection; a message is complete
 * when the bytes so far end with 00 00 ff ff, and may be spread over several frames. Work happens on the thread pool, in order.
 * `onError` is called at most once, and nothing after it: broken data, or a message beyond `maxMessageBytes`, counted both
 * packed and unpacked. Source: discord-api-docs, transport compression.
 */
export function createInflateStream(deps: {
  maxMessageBytes: number;
  onMessage: (text: string) => void;
  onError: (error: Error) => void;
}): InflateStream {
  const { maxMessageBytes } = deps;
  const inflate = createInflate({ flush: constants.Z_SYNC_FLUSH });
  let closed = false;
  /** The last bytes that came: the end mark itself may be split over two frames. */
  let tail = Buffer.alloc(0);
  let waitingBytes = 0;
  let chunks: Buffer[] = [];
  let unpackedBytes = 0;

  const close = (): void => {
    closed = true;
    chunks = [];
    inflate.destroy();
  };
  const fail = (error: Error): void => {
    if (closed) return;
    close();
    deps.onError(error);
  };
  const finishMessage = (): void => {
    const text = Buffer.concat(chunks).toString('utf8');
    chunks = [];
    unpackedBytes = 0;
    deps.onMessage(text);
  };

  inflate.on('error', fail);
  inflate.on('end', () => fail(new Error('the compressed stream ended')));
  inflate.on('data', (chunk: Buffer) => {
    if (closed) return;
    unpackedBytes += chunk.length;
    if (unpackedBytes > maxMessageBytes) fail(new Error(`a message is larger than ${maxMessageBytes} bytes`));
    else chunks.push(chunk);
  });

  return {
    push(frame) {
      if (closed) return;
      waitingBytes += frame.length;
      if (waitingBytes > maxMessageBytes) {
        fail(new Error(`more than ${maxMessageBytes} compressed bytes wait`));
        return;
      }
      tail = Buffer.concat([tail, frame.subarray(-MESSAGE_END.length)]).subarray(-MESSAGE_END.length);
      const endsMessage = tail.equals(MESSAGE_END);
      // Called when the frame is unpacked whole and its `data` events have been seen.
      inflate.write(frame, () => {
        waitingBytes -= frame.length;
        if (endsMessage && !closed) finishMessage();
      });
    },
    afterAll(task) {
      if (closed || waitingBytes === 0) task();
      else inflate.write(Buffer.alloc(0), () => task());
    },
    close,
  };
}
