import { createServer, get, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface SeenRequest {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface ScriptedRest {
  /** As `DiscordEndpoints.restUrl`. */
  url: string;
  origin: string;
  seen: SeenRequest[];
  /** Resolves when all requests that were sent before have arrived. */
  arrived(): Promise<void>;
  close(): Promise<void>;
}

/** Requested by `arrived` and left out of `seen`. */
const BARRIER = '/barrier';

export type Answer = (request: SeenRequest, response: ServerResponse) => void;

/** An HTTP server on the loopback interface that answers with `answer`. */
export async function startScriptedRest(answer: Answer): Promise<ScriptedRest> {
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      if (url === BARRIER) {
        response.end();
        return;
      }
      const request = { method, path: url, headers, body: Buffer.concat(chunks) };
      seen.push(request);
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/api/v9`,
    origin,
    seen,
    async arrived() {
      // Twice, over new connections: the first may overtake a request that is still connecting.
      for (let trips = 0; trips < 2; trips += 1) {
        await new Promise((resolve) => get(origin + BARRIER, { agent: false }, (answer) => answer.resume().on('end', resolve)));
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
