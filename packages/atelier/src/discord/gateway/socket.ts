import { WebSocket, type RawData } from 'ws';
import type { Clock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import { CLIENT_NAME } from '../discord.ts';
import { createPace } from '../limits.ts';
import { CLOSE_DROPPED, CLOSE_TO_RESUME } from './close-codes.ts';
import { createInflateStream } from './inflate.ts';
import { parsePayload, type GatewayPayload } from './payload.ts';

/** 120 messages in 60 s on one connection, heartbeats included; Discord closes beyond it. Source: discord-api-docs, gateway rate limit. */
const SEND_LIMIT = { max: 120, windowMs: 60_000 };
const CONNECT_TIMEOUT_MS = 15_000;
/** How long the other side may take to answer our close frame before the connection is cut. */
const CLOSE_TIMEOUT_MS = 1_000;
/** READY of a user in many servers is tens of megabytes; nothing honest is beyond this. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export interface SocketEnd {
  code: number;
  reason: string;
  /** False when the connection never stood. */
  wasOpen: boolean;
  /** Fulfilled when the operating system's socket is gone as well. */
  gone: Promise<void>;
}

interface GatewaySocket {
  /** False when the send budget is used up but for `spare`, or the socket is not open: then nothing was sent. */
  send(payload: JsonObject, spare?: number): boolean;
  /** Ends it: `onEnd` is called at once, whether or not the other side answers. */
  close(code: number, reason: string): void;
}

/**
 * A WebSocket that speaks gateway payloads: connects, unpacks, parses, keeps the send budget. Whatever goes wrong (refused
 * connection, unknown host, TLS, broken or oversized frames, nonsense) becomes one `onEnd`; nothing is thrown and no payload
 * comes after it.
 */
export function openGatewaySocket(deps: {
  url: URL;
  clock: Clock;
  onPayload: (payload: GatewayPayload) => void;
  onEnd: (end: SocketEnd) => void;
}): GatewaySocket {
  const { clock } = deps;
  const budget = createPace({ clock, ...SEND_LIMIT });
  const { promise: gone, resolve: markGone } = Promise.withResolvers<void>();
  let ended = false;
  let wasOpen = false;
  let failure = '';

  const socket = new WebSocket(deps.url, {
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: MAX_FRAME_BYTES,
    headers: { 'user-agent': CLIENT_NAME },
  });
  const cancelConnectTimer = clock.after(CONNECT_TIMEOUT_MS, () => close(CLOSE_DROPPED, 'no connection in time'));

  const inflate = createInflateStream({
    maxMessageBytes: MAX_MESSAGE_BYTES,
    onMessage: (text) => receive(text),
    onError: (error) => close(CLOSE_TO_RESUME, `unreadable compressed data: ${error.message}`),
  });

  const end = (code: number, reason: string): void => {
    if (ended) return;
    ended = true;
    cancelConnectTimer();
    inflate.close();
    deps.onEnd({ code, reason, wasOpen, gone });
  };
  const receive = (text: string): void => {
    if (ended) return;
    const payload = parsePayload(text);
    if (payload) deps.onPayload(payload);
    else close(CLOSE_TO_RESUME, 'a frame is not a gateway payload');
  };
  const close = (code: number, reason: string): void => {
    if (ended) return;
    if (socket.readyState === WebSocket.OPEN) {
      socket.close(code, reason.slice(0, 100));
      const cancelCut = clock.after(CLOSE_TIMEOUT_MS, () => socket.terminate());
      void gone.then(cancelCut);
    } else {
      socket.terminate();
    }
    end(code, reason);
  };

  socket.on('open', () => {
    wasOpen = true;
    cancelConnectTimer();
  });
  socket.on('message', (data, isBinary) => {
    if (isBinary) inflate.push(toBuffer(data));
    else receive(toBuffer(data).toString('utf8'));
  });
  socket.on('error', (error) => {
    failure = toReason(error);
    // Before that, `close` follows at once; after it, `ws` would wait for an answer to its own close frame.
    if (wasOpen) close(CLOSE_TO_RESUME, failure);
  });
  socket.on('close', (code, reason) => {
    // What came before the close frame may still be on its way through the thread pool, and counts.
    inflate.afterAll(() => end(code, reason.toString('utf8') || failure));
    markGone();
  });

  return {
    send(payload, spare = 0) {
      if (ended || socket.readyState !== WebSocket.OPEN || !budget.tryTake(spare)) return false;
      // A send that fails is followed by `close`, which says it all.
      socket.send(JSON.stringify(payload), () => undefined);
      return true;
    },
    close,
  };
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

/** `ECONNREFUSED` and the like where there is one. */
function toReason(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
