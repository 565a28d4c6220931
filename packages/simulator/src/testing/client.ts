import { WebSocket } from 'ws';
import { isJsonObject, parseJson, type JsonObject, type JsonValue } from '@atelier/lib/json';
import { systemClock, type Clock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import type { Painter } from '../art/painter.ts';
import { startSimulator, type Simulator } from '../simulator.ts';
import { createTestPainter } from './painter.ts';

/** A gateway connection that keeps every payload it gets. */
export interface TestSocket {
  send(op: number, d: JsonValue): void;
  /** The first matching payload; each payload is returned once. Rejects when the socket closes or after five seconds. */
  next(matches: (payload: JsonObject) => boolean): Promise<JsonObject>;
  /** The `d` of the next dispatch with this name that matches. */
  event(name: string, matches?: (d: JsonObject) => boolean): Promise<JsonObject>;
  /** Dispatch names received so far, in order. */
  names(): string[];
  dispatches(): JsonObject[];
  closed: Promise<number>;
  close(code?: number): void;
  drop(): void;
}

const TIMEOUT_MS = 5_000;
/** Longest part of the unmatched payloads in the message of a failure. */
const MAX_SHOWN_CHARACTERS = 2_000;

export async function openTestSocket(simulator: Simulator, query = 'v=9&encoding=json'): Promise<TestSocket> {
  const socket = new WebSocket(`${simulator.gatewayUrl}/?${query}`);
  const payloads: JsonObject[] = [];
  const handedOut = new Set<JsonObject>();
  const waiting = new Set<() => void>();
  let end: number | null = null;
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => {
      end = code;
      for (const wake of waiting) wake();
      resolve(code);
    });
  });
  socket.on('error', () => undefined);
  socket.on('message', (data) => {
    const parsed = parseJson(Buffer.isBuffer(data) ? data.toString('utf8') : '');
    if (parsed.ok && isJsonObject(parsed.value)) payloads.push(parsed.value);
    for (const wake of waiting) wake();
  });
  const next: TestSocket['next'] = (matches) =>
    new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        waiting.delete(check);
        cancel();
        act();
      };
      const check = (): void => {
        const found = payloads.find((payload) => !handedOut.has(payload) && matches(payload));
        if (found) {
          handedOut.add(found);
          finish(() => resolve(found));
        } else if (end !== null) finish(() => reject(new Error(`closed with ${end}`)));
      };
      const cancel = systemClock.after(TIMEOUT_MS, () =>
        finish(() =>
          reject(
            new Error(
              `no payload matches ${matches.toString()} among ${JSON.stringify(payloads.slice(-5)).slice(0, MAX_SHOWN_CHARACTERS)}`,
            ),
          ),
        ),
      );
      waiting.add(check);
      check();
    });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const dispatches = (): JsonObject[] => payloads.filter((payload) => payload['op'] === 0);
  return {
    send: (op, d) => socket.send(JSON.stringify({ op, d })),
    next,
    async event(name, matches = () => true) {
      const payload = await next(({ t, d }) => t === name && isJsonObject(d) && matches(d));
      return isJsonObject(payload['d']) ? payload['d'] : {};
    },
    names: () => dispatches().map((payload) => textAt(payload, 't')),
    dispatches,
    closed,
    close: (code) => socket.close(code),
    drop: () => socket.terminate(),
  };
}

/** A simulator at full speed with a connected user, and methods for the usual requests. */
export interface TestSimulator {
  simulator: Simulator;
  socket: TestSocket;
  ready: JsonObject;
  /** A REST call under /api/v9 with the account's token. */
  rest(method: string, path: string, body?: JsonValue): Promise<{ status: number; body: JsonValue; headers: Headers }>;
  /** POST /interactions of a slash command. */
  command(name: string, options?: JsonObject[], attachments?: JsonObject[]): Promise<{ status: number; body: JsonValue; nonce: string }>;
  imagine(prompt: string): Promise<{ status: number; body: JsonValue; nonce: string }>;
  press(message: JsonObject, label: string): Promise<{ status: number; body: JsonValue; nonce: string }>;
  submit(modal: JsonObject, value: string): Promise<{ status: number; body: JsonValue; nonce: string }>;
  /** The finished message of a picture: it has a PNG and buttons. */
  finished(matches?: (message: JsonObject) => boolean): Promise<JsonObject>;
  close(): Promise<void>;
}

export async function createTestSimulator(
  options: { pace?: number; seed?: number; painter?: Painter; clock?: Clock } = {},
): Promise<TestSimulator> {
  const simulator = await startSimulator({
    host: '127.0.0.1',
    port: 0,
    pace: options.pace ?? 0,
    clock: options.clock ?? systemClock,
    log: silentLog,
    painter: options.painter ?? createTestPainter(),
    tilePixels: 8,
    seed: options.seed ?? 7,
  });
  simulator.control.setSwitches({ eventDelayMs: 0 });
  const { account } = simulator;
  const socket = await openTestSocket(simulator);
  socket.send(2, { token: account.token, capabilities: 8189, properties: {} });
  const ready = await socket.event('READY');
  let count = 0;
  const rest: TestSimulator['rest'] = async (method, path, body) => {
    const response = await fetch(`${simulator.restUrl}${path}`, {
      method,
      headers: { authorization: account.token, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = parseJson(text);
    return { status: response.status, body: parsed.ok ? parsed.value : text, headers: response.headers };
  };
  const interact = async (type: number, more: JsonObject): Promise<{ status: number; body: JsonValue; nonce: string }> => {
    const nonce = `nonce-${(count += 1)}`;
    const place = {
      application_id: '936929561302675456',
      guild_id: account.guildId,
      channel_id: account.channelId,
      session_id: textAt(ready, 'session_id'),
    };
    const { status, body } = await rest('POST', '/interactions', { type, nonce, ...place, ...more });
    return { status, body, nonce };
  };
  const command: TestSimulator['command'] = async (name, given = [], attachments = []) => {
    const { body } = await rest('GET', `/guilds/${account.guildId}/application-command-index`);
    const list = isJsonObject(body) && Array.isArray(body['application_commands']) ? body['application_commands'].filter(isJsonObject) : [];
    const found = list.find((entry) => entry['name'] === name) ?? {};
    return interact(2, { data: { id: found['id'] ?? '', version: found['version'] ?? '', name, type: 1, options: given, attachments } });
  };
  return {
    simulator,
    socket,
    ready,
    rest,
    command,
    imagine: (prompt) => command('imagine', [{ type: 3, name: 'prompt', value: prompt }]),
    press: (message, label) => {
      const button = buttonsOf(message).find((candidate) => labelOf(candidate) === label);
      return interact(3, {
        message_id: message['id'] ?? '',
        message_flags: message['flags'] ?? 0,
        data: { component_type: 2, custom_id: button?.['custom_id'] ?? `no button ${label}` },
      });
    },
    submit: (modal, value) => {
      const [row] = Array.isArray(modal['components']) ? modal['components'].filter(isJsonObject) : [];
      const [input] = row && Array.isArray(row['components']) ? row['components'].filter(isJsonObject) : [];
      return interact(5, {
        data: {
          id: modal['id'] ?? '',
          custom_id: modal['custom_id'] ?? '',
          components: [{ type: 1, components: [{ type: 4, custom_id: input?.['custom_id'] ?? '', value }] }],
        },
      });
    },
    finished: (matches = () => true) =>
      socket.event(
        'MESSAGE_CREATE',
        (message) =>
          attachmentsOf(message).some(({ content_type: type }) => type === 'image/png') &&
          buttonsOf(message).length > 2 &&
          matches(message),
      ),
    close: () => simulator.close(),
  };
}

export const buttonsOf = (message: JsonObject): JsonObject[] =>
  (Array.isArray(message['components']) ? message['components'].filter(isJsonObject) : []).flatMap((row) =>
    Array.isArray(row['components']) ? row['components'].filter(isJsonObject) : [],
  );
export const labelOf = (button: JsonObject): string =>
  textAt(button, 'label') || textAt(isJsonObject(button['emoji']) ? button['emoji'] : {}, 'name');
/** A member that is a string; empty when it is not. */
export const textAt = (value: JsonObject | undefined, key: string): string => {
  const text = value?.[key];
  return typeof text === 'string' ? text : '';
};
export const attachmentsOf = (message: JsonObject): JsonObject[] =>
  Array.isArray(message['attachments']) ? message['attachments'].filter(isJsonObject) : [];
export const embedOf = (message: JsonObject): JsonObject =>
  (Array.isArray(message['embeds']) ? message['embeds'].filter(isJsonObject)[0] : undefined) ?? {};
