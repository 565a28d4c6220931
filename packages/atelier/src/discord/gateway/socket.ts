import type { ClientRequestArgs } from 'node:http';
import { constants, createInflate, type Inflate } from 'node:zlib';
import { type RawData, WebSocket } from 'ws';
import type { Cancel, Clock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import { createSlidingWindow } from '@atelier/lib/sliding-window';
import { USER_AGENT } from '../user-agent.ts';
import { CLOSE_DROPPED, CLOSE_TO_RESUME } from './close-codes.ts';
import { type GatewayPayload, parsePayload } from './payload.ts';

/** 120 messages in 60 s on one connection, heartbeats included; Discord closes beyond it. Source: discord-api-docs, gateway rate limit. */
const SEND_LIMIT = { max: 120, windowMs: 60_000 };
const CONNECT_TIMEOUT_MS = 15_000;
/** Time for the other side to answer a close frame. Then the connection is cut. */
const CLOSE_TIMEOUT_MS = 1_000;
/** READY of a user in many servers has tens of megabytes. Real messages are not larger than this. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export interface SocketEnd {
  code: number;
  reason: string;
  /** False if the connection was never established. */
  wasOpen: boolean;
  /** Resolves when the operating system's socket is closed as well. */
  gone: Promise<void>;
}

export interface GatewaySocket {
  /** Sends a payload and keeps `spare` sends of the limit for others. False, with nothing sent, if the limit is reached or the socket is not open. */
  send(payload: JsonObject, spare?: number): boolean;
  /** Closes the socket. Calls `onEnd` at once, without waiting for the other side's answer. */
  close(code: number, reason: string): void;
}

/** How the connection of a gateway socket is opened, with TLS for `wss:`, in place of a direct one; as `ws` and Node take it. */
export type OpenConnection = (url: URL) => NonNullable<ClientRequestArgs['createConnection']>;

interface SocketDeps {
  url: URL;
  openConnection?: OpenConnection | undefined;
  clock: Clock;
  onPayload: (payload: GatewayPayload) => void;
  onEnd: (end: SocketEnd) => void;
}

/** State of one socket. Changed by the functions of this file alone. */
interface SocketState {
  readonly deps: SocketDeps;
  readonly socket: WebSocket;
  readonly gone: PromiseWithResolvers<void>;
  readonly inflate: ReturnType<typeof createInflateStream>;
  readonly cancelConnectTimer: Cancel;
  wasOpen: boolean;
  hasEnded: boolean;
  /** Code or message of the last socket error. */
  failure: string;
}

/**
 * A WebSocket for gateway payloads: connects, inflates, parses, keeps the send limit. Every failure (refused connection, unknown host, TLS, broken or oversized
 * frames, unreadable data) leads to one call of `onEnd`. It throws nothing, and no payload follows `onEnd`.
 */
export function openGatewaySocket(deps: SocketDeps): GatewaySocket {
  const sendLimit = createSlidingWindow({ clock: deps.clock, ...SEND_LIMIT });
  const socket = new WebSocket(deps.url, {
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: MAX_FRAME_BYTES,
    headers: { 'user-agent': USER_AGENT },
    ...(deps.openConnection && { createConnection: deps.openConnection(deps.url) }),
  });
  const state: SocketState = {
    deps,
    socket,
    gone: Promise.withResolvers(),
    inflate: createInflateStream({
      maxMessageBytes: MAX_MESSAGE_BYTES,
      onMessage: (text) => receive(state, text),
      onError: (error) => close(state, CLOSE_TO_RESUME, `unreadable compressed data: ${error.message}`),
    }),
    cancelConnectTimer: deps.clock.after(CONNECT_TIMEOUT_MS, () => close(state, CLOSE_DROPPED, 'no connection in time')),
    wasOpen: false,
    hasEnded: false,
    failure: '',
  };
  listen(state);
  return {
    send(payload, spare = 0) {
      if (state.hasEnded || socket.readyState !== WebSocket.OPEN || sendLimit.take(spare) > 0) return false;
      // `close` follows a failed send and reports it.
      socket.send(JSON.stringify(payload), () => undefined);
      return true;
    },
    close: (code, reason) => close(state, code, reason),
  };
}

function listen(state: SocketState): void {
  const { socket, inflate, gone } = state;
  socket.on('open', () => {
    state.wasOpen = true;
    state.cancelConnectTimer();
  });
  socket.on('message', (data, isBinary) => {
    if (isBinary) inflate.push(toBuffer(data));
    else receive(state, toBuffer(data).toString('utf8'));
  });
  socket.on('error', (error) => {
    state.failure = toReason(error);
    // Before `open`, the event `close` follows at once. After it, `ws` would wait for an answer to its own close frame.
    if (state.wasOpen) close(state, CLOSE_TO_RESUME, state.failure);
  });
  socket.on('close', (code, reason) => {
    // Messages from before the close frame may still be in the thread pool. They are delivered before the end.
    inflate.afterAll(() => end(state, code, reason.toString('utf8') || state.failure));
    gone.resolve();
  });
}

function receive(state: SocketState, text: string): void {
  if (state.hasEnded) return;
  const payload = parsePayload(text);
  if (payload) state.deps.onPayload(payload);
  else close(state, CLOSE_TO_RESUME, 'a frame is not a gateway payload');
}

function close(state: SocketState, code: number, reason: string): void {
  const { socket, gone, deps } = state;
  if (state.hasEnded) return;
  if (socket.readyState === WebSocket.OPEN) {
    socket.close(code, reason.slice(0, 100));
    const cancelCut = deps.clock.after(CLOSE_TIMEOUT_MS, () => socket.terminate());
    void gone.promise.then(cancelCut);
  } else {
    socket.terminate();
  }
  end(state, code, reason);
}

function end(state: SocketState, code: number, reason: string): void {
  if (state.hasEnded) return;
  state.hasEnded = true;
  state.cancelConnectTimer();
  state.inflate.close();
  state.deps.onEnd({ code, reason, wasOpen: state.wasOpen, gone: state.gone.promise });
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

/** `ECONNREFUSED` and the like, or else the message. */
function toReason(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

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
    close: () => closeInflate(state),
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
  closeInflate(state);
  state.deps.onError(error);
}

function closeInflate(state: InflateState): void {
  state.isClosed = true;
  state.chunks = [];
  state.inflate.destroy();
}
