import { constants, createDeflate } from 'node:zlib';
import type { WebSocket } from 'ws';

/** Sends gateway payloads to one client. */
export interface Transport {
  send(text: string): void;
  /** Closes after everything sent so far. */
  close(code: number, reason: string): void;
  /** Frees the compressor; the socket is gone. */
  dispose(): void;
}

/** Text frames, one payload each. */
export const createTextTransport = (socket: WebSocket): Transport => ({
  send: (text) => socket.send(text),
  close: (code, reason) => socket.close(code, reason),
  dispose: () => undefined,
});

/**
 * One deflate stream for the whole connection, flushed after each payload, so that a payload ends in `00 00 ff ff`. The
 * compressor's output goes out as it comes: a large payload makes several binary frames.
 * Source: discord-api-docs, transport compression.
 */
export function createZlibTransport(socket: WebSocket): Transport {
  const deflate = createDeflate();
  deflate.on('data', (chunk: Buffer) => {
    if (socket.readyState === socket.OPEN) socket.send(chunk);
  });
  // A payload for a connection that has just closed is lost; the error must not end the process.
  deflate.on('error', () => undefined);
  return {
    send(text) {
      deflate.write(text);
      deflate.flush(constants.Z_SYNC_FLUSH);
    },
    close(code, reason) {
      deflate.flush(constants.Z_SYNC_FLUSH, () => socket.close(code, reason));
    },
    dispose: () => deflate.destroy(),
  };
}
