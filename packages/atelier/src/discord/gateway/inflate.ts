import { constants, createInflate, type Inflate } from 'node:zlib';

/** The last bytes of each message of a zlib stream (Z_SYNC_FLUSH). */
const MESSAGE_END = Buffer.from([0x00, 0x00, 0xff, 0xff]);

interface InflateDeps {
  maxMessageBytes: number;
  onMessage: (text: string) => void;
  onError: (error: Error) => void;
}

interface InflateStream {
  push(frame: Buffer): void;
  /** Runs `task` when all pushed frames are unpacked and their messages delivered. */
  afterAll(task: () => void): void;
  close(): void;
}

interface InflateState {
  readonly deps: InflateDeps;
  readonly inflate: Inflate;
  isClosed: boolean;
  /** The last four bytes received: two frames may share the end mark. */
  tail: Buffer;
  /** Packed bytes that zlib has not unpacked yet. */
  waitingBytes: number;
  /** The current message, as far as it is unpacked. */
  chunks: Buffer[];
  unpackedBytes: number;
}

/**
 * Turns the binary frames of one connection into messages. The whole connection shares one zlib context. A message is complete when the bytes so far end with
 * 00 00 ff ff; several frames may carry it. The thread pool does the work, in sequence. `onError` is called at most once, and no call follows it: the data is broken,
 * or a message is larger than `maxMessageBytes`, packed or unpacked. Source: discord-api-docs, transport compression.
 */
export function createInflateStream(deps: InflateDeps): InflateStream {
  const inflate = createInflate({ flush: constants.Z_SYNC_FLUSH });
  const state: InflateState = { deps, inflate, isClosed: false, tail: Buffer.alloc(0), waitingBytes: 0, chunks: [], unpackedBytes: 0 };
  inflate.on('error', (error) => fail(state, error));
  inflate.on('end', () => fail(state, new Error('the compressed stream ended')));
  inflate.on('data', (chunk: Buffer) => {
    if (state.isClosed) return;
    state.unpackedBytes += chunk.length;
    if (state.unpackedBytes > deps.maxMessageBytes) fail(state, new Error(`a message is larger than ${deps.maxMessageBytes} bytes`));
    else state.chunks.push(chunk);
  });
  return {
    push: (frame) => push(state, frame),
    afterAll(task) {
      if (state.isClosed || state.waitingBytes === 0) task();
      else inflate.write(Buffer.alloc(0), () => task());
    },
    close: () => close(state),
  };
}

function push(state: InflateState, frame: Buffer): void {
  const { maxMessageBytes } = state.deps;
  if (state.isClosed) return;
  state.waitingBytes += frame.length;
  if (state.waitingBytes > maxMessageBytes) return fail(state, new Error(`more than ${maxMessageBytes} compressed bytes wait`));
  state.tail = Buffer.concat([state.tail, frame.subarray(-MESSAGE_END.length)]).subarray(-MESSAGE_END.length);
  const endsMessage = state.tail.equals(MESSAGE_END);
  // The callback runs after the `data` events of the whole frame.
  state.inflate.write(frame, () => {
    state.waitingBytes -= frame.length;
    if (endsMessage && !state.isClosed) finishMessage(state);
  });
}

function finishMessage(state: InflateState): void {
  const text = Buffer.concat(state.chunks).toString('utf8');
  state.chunks = [];
  state.unpackedBytes = 0;
  state.deps.onMessage(text);
}

function fail(state: InflateState, error: Error): void {
  if (state.isClosed) return;
  close(state);
  state.deps.onError(error);
}

function close(state: InflateState): void {
  state.isClosed = true;
  state.chunks = [];
  state.inflate.destroy();
}
