import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { request } from 'undici';
import { parseJsonObject, textAt, type JsonObject, type JsonValue } from '@atelier/lib/json';

/** An envelope under HTTP 200, another status or text, or a connection that breaks. */
export type VendorAnswer =
  | { code: number; msg?: string; data?: JsonValue; headers?: Record<string, string> }
  | { status: number; text: string; headers?: Record<string, string> }
  | 'broken';

export interface VendorRequest {
  method: string;
  /** Below `/api/v1/`. */
  path: string;
  query: Record<string, string>;
  body: JsonObject;
  authorization: string;
}

/** A Suno vendor on loopback that gives the answers of the test, in shapes recorded from kie.ai and sunoapi.org. */
export interface FakeVendor {
  url: string;
  requests: VendorRequest[];
  submits(): VendorRequest[];
  /** Answers for the next submits; later submits get the task ids `task-1`, `task-2`, …. */
  answerSubmits(...answers: VendorAnswer[]): void;
  /** Answers every later `record-info`: with this `data`, or with a whole answer (one with `code` or `status`). */
  setRecord(record: VendorAnswer | { data: JsonValue }): void;
  /** Answers for the next polls, before the record. */
  answerPolls(...answers: VendorAnswer[]): void;
  /** POSTs to the `callBackUrl` of the last submit. */
  callBack(body: JsonObject): Promise<number>;
  close(): Promise<void>;
}

export async function startFakeVendor(): Promise<FakeVendor> {
  const requests: VendorRequest[] = [];
  const submitAnswers: VendorAnswer[] = [];
  const pollAnswers: VendorAnswer[] = [];
  let record: VendorAnswer = { code: 200, msg: 'success', data: null };
  let tasks = 0;

  const answerTo = (received: VendorRequest): VendorAnswer => {
    if (received.method === 'GET') return pollAnswers.shift() ?? record;
    return submitAnswers.shift() ?? { code: 200, msg: 'success', data: { taskId: `task-${(tasks += 1)}` } };
  };
  const server = createServer((message, response) => {
    void readRequest(message).then((received) => {
      requests.push(received);
      send(response, answerTo(received));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const submits = (): VendorRequest[] => requests.filter(({ method }) => method === 'POST');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    submits,
    answerSubmits: (...answers) => void submitAnswers.push(...answers),
    answerPolls: (...answers) => void pollAnswers.push(...answers),
    setRecord(next) {
      record = next === 'broken' || 'code' in next || 'status' in next ? next : { code: 200, msg: 'success', data: next.data };
    },
    async callBack(body) {
      const url = textAt(submits().at(-1)?.body ?? {}, 'callBackUrl');
      const answer = await request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      await answer.body.dump();
      return answer.statusCode;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readRequest(message: IncomingMessage): Promise<VendorRequest> {
  const url = new URL(message.url ?? '/', 'http://vendor.test');
  return {
    method: message.method ?? '',
    path: url.pathname.replace('/api/v1/', ''),
    query: Object.fromEntries(url.searchParams),
    body: parseJsonObject(await text(message)),
    authorization: message.headers.authorization ?? '',
  };
}

function send(response: ServerResponse, answer: VendorAnswer): void {
  if (answer === 'broken') {
    response.destroy();
    return;
  }
  const headers = { 'content-type': 'application/json;charset=UTF-8', ...answer.headers };
  if ('status' in answer) response.writeHead(answer.status, headers).end(answer.text);
  else response.writeHead(200, headers).end(JSON.stringify({ code: answer.code, msg: answer.msg ?? '', data: answer.data ?? null }));
}
