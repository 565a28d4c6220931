import { createServer, request as requestHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** A proxy on loopback that tunnels (CONNECT) and forwards (absolute URLs), and notes every target. */
export interface ForwardProxy {
  url: string;
  /** `host:port` of each connection or request, the oldest first. */
  targets: readonly string[];
  /** Local ports of its connections to the targets. */
  ports: ReadonlySet<number>;
  close(): Promise<void>;
}

export async function startForwardProxy(): Promise<ForwardProxy> {
  const targets: string[] = [];
  const ports = new Set<number>();
  const open = new Set<Socket>();
  const note = (upstream: Socket): void => void upstream.on('connect', () => ports.add(upstream.localPort ?? 0));
  const server = createServer((request, response) => forward(request, response, { targets, note }));
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.on('connect', (request, client: Socket, head) => {
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    targets.push(`${hostname}:${port}`);
    const upstream = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    note(upstream);
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    targets,
    ports,
    async close() {
      for (const socket of open) socket.destroy();
      if (server.listening) await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

function forward(request: IncomingMessage, response: ServerResponse, to: { targets: string[]; note: (socket: Socket) => void }): void {
  const url = URL.parse(request.url ?? '');
  if (!url) return void response.writeHead(400).end();
  to.targets.push(url.host);
  const { method, headers } = request;
  const upstream = requestHttp(url, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('socket', to.note);
  upstream.on('error', () => response.writeHead(502).end());
  request.pipe(upstream);
}
