import assert from 'node:assert/strict';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import type { TestServer } from './test-server.ts';

/** A request for the shortest song of the vendor's API: ten seconds. */
export const SHORT_SONG = {
  prompt: '[Verse]\nNeon in the rain\nWalking home again\n[Chorus]\nStay, stay, stay',
  style: 'synthwave, slow',
  title: 'Neon «Rain» 🎹',
  customMode: true,
  instrumental: false,
  model: 'V5_5',
  duration: 10,
} as const;

/** Posts to a page of kie's API. Returns the id of the new task. */
export async function submitTask(server: TestServer, path: string, body: JsonObject): Promise<string> {
  const reply = await server.call('POST', `/api/v1/${path}`, body);
  assert.equal(reply.body['code'], 200, reply.text);
  return textAt(objectAt(reply.body, 'data'), 'taskId');
}

/** Reads a page of kie's API. Returns its `data`. */
export async function readTask(server: TestServer, path: string): Promise<JsonObject> {
  const reply = await server.call('GET', `/api/v1/${path}`);
  assert.equal(reply.body['code'], 200, reply.text);
  return objectAt(reply.body, 'data');
}

/** Makes a song. Returns its task and the items of its last callback. */
export async function makeSong(server: TestServer, more: JsonObject = {}): Promise<{ taskId: string; items: JsonObject[] }> {
  const taskId = await submitTask(server, 'generate', { ...SHORT_SONG, callBackUrl: `${server.sink.url}/music`, ...more });
  const isEnd = (body: JsonObject): boolean => {
    const data = objectAt(body, 'data');
    return data['task_id'] === taskId && (data['callbackType'] === 'complete' || data['callbackType'] === 'error');
  };
  const { body } = await server.waitForCallback('/music', isEnd);
  assert.equal(body['code'], 200, JSON.stringify(body));
  return { taskId, items: listAt(objectAt(body, 'data'), 'data').filter(isJsonObject) };
}
