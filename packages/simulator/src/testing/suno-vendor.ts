import { request } from 'undici';
import { systemClock, type Clock } from '@atelier/lib/clock';
import { objectAt, parseJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import { silentLog } from '@atelier/lib/log';
import { startCallbackSink, type CallbackSink } from '../callback-sink.ts';
import type { Composer } from '../art/composer.ts';
import { startSimulator, type Simulator } from '../simulator.ts';
import { createTestComposer } from './composer.ts';
import { createTestPainter } from './painter.ts';
import type { SimulatedVendorName } from '../suno/wire.ts';

/** The simulated vendor over real HTTP, with a receiver of callbacks. */
export interface TestSunoVendor {
  simulator: Simulator;
  sink: CallbackSink;
  call(
    method: 'GET' | 'POST',
    path: string,
    body?: JsonObject | string,
    key?: string | null,
  ): Promise<{ status: number; body: JsonObject; headers: object }>;
  /** Requests music with these fields over default ones. Returns the id of the task. */
  generate(fields: JsonObject): Promise<string>;
  /** The code, message and `data` of the next callback to this path. */
  callback(path?: string): Promise<{ code: number; msg: string; data: JsonObject }>;
  close(): Promise<void>;
}

export interface TestSunoVendorOptions {
  /** `null`: the vendor has no composer. */
  composer?: Composer | null;
  clock?: Clock;
  pace?: number;
  sunoVendor?: SimulatedVendorName;
}

export async function createTestSunoVendor({
  composer = createTestComposer(),
  clock = systemClock,
  pace = 0,
  sunoVendor,
}: TestSunoVendorOptions = {}): Promise<TestSunoVendor> {
  const sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock: systemClock });
  const simulator = await startSimulator({
    host: '127.0.0.1',
    port: 0,
    pace,
    clock,
    log: silentLog,
    painter: createTestPainter(),
    tilePixels: 8,
    seed: 5,
    ...(composer ? { composer } : {}),
    ...(sunoVendor ? { sunoVendor } : {}),
  });
  const call: TestSunoVendor['call'] = async (method, path, body, key = 'any-key') => {
    const answer = await request(path.startsWith('http') ? path : `${simulator.sunoUrl}/api/v1${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: parseJsonObject(await answer.body.text()), headers: answer.headers };
  };
  return {
    simulator,
    sink,
    call,
    async generate(fields) {
      const usual = { prompt: 'a song of the sea', customMode: false, instrumental: false, model: 'V4', callBackUrl: `${sink.url}/music` };
      const { body } = await call('POST', '/generate', { ...usual, ...fields });
      const taskId = textAt(objectAt(body, 'data'), 'taskId');
      if (taskId === '') throw new Error(`not accepted: ${JSON.stringify(body)}`);
      return taskId;
    },
    async callback(path = '/music') {
      const received = await sink.next((callback) => callback.path === path);
      const body = parseJsonObject(received.body);
      return { code: Number(body['code']), msg: textAt(body, 'msg'), data: objectAt(body, 'data') };
    },
    async close() {
      await simulator.close();
      await sink.close();
    },
  };
}
