import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request } from 'undici';
import { deadline, sleep, systemClock, type Clock } from '@atelier/lib/clock';
import type { JsonObject } from '@atelier/lib/json';
import { createLog } from '@atelier/lib/log';
import { createTickClock } from './tick-clock.ts';
import { createBareTestServer, type BareTestServer } from '../../test-server.ts';
import type { PlayedInteraction, ScriptedBehaviour } from './scripted/play.ts';
import { playFor, startScriptedDiscord, type ScriptedDiscord } from './scripted/scripted-discord.ts';
import type { Script } from './scripted/steps.ts';
import { fieldsOf, listOf, parseFields, textOf, type Fields } from './scripted/wire.ts';

/** Speed of the clock for a row whose waits are seconds, and for a row whose waits are minutes. */
export const SECONDS = 20;
export const MINUTES = 150;

/** Rows wait most of their time, so several run at once. */
export const AT_ONCE = { concurrency: 4 };

export interface RowOptions {
  /** The bot's answer to every `/imagine`. */
  script?: Script;
  /** How many times as fast as usual the time of both sides runs. */
  speed?: number;
  /** Further settings of the server. */
  settings?: Record<string, string> | (() => Promise<Record<string, string>>);
  behaviour?: Partial<ScriptedBehaviour>;
  /** The account works in the user's private channel with the bot. */
  inPrivateChannel?: boolean;
}

/** A job at its end, as the native API shows it. */
export interface EndedJob {
  id: string;
  status: string;
  /** Every state that the events of the job showed. */
  trail: readonly { status: string; percent: number }[];
  code: string;
  /** Title and details of the failure. */
  words: string;
  buttons: readonly string[];
  tookMs: number;
  body: Fields;
}

export interface AccountState {
  state: string;
  code: string;
  title: string;
  /** End of a state that ends by itself. */
  untilMs: number | null;
}

/** The whole server with a scripted Discord, for one row. */
export interface Row {
  clock: Clock;
  discord: ScriptedDiscord;
  server: BareTestServer;
  /** Submits through the native API. Returns the id of the job. */
  submit(body: JsonObject): Promise<string>;
  imagine(prompt: string): Promise<string>;
  /** Submits the prompt of the script as often as the script says, and waits for all ends. */
  playAll(script: Script): Promise<EndedJob[]>;
  /** The job at its end. Fails when it does not end. */
  ended(jobId: string): Promise<EndedJob>;
  read(jobId: string): Promise<Fields>;
  account(): Promise<AccountState>;
  /** Number of accepted requests of this command. */
  asked(name?: string): number;
  /** Number of `POST /interactions`, refused ones included, since an instant. */
  sentSince(sinceMs: number): number;
  /** The accepted requests of a job, the oldest first. */
  requestsOf(jobId: string): Promise<PlayedInteraction[]>;
  /** Resolves after `ms` of the fast clock. */
  pass(ms: number): Promise<void>;
  /** Resolves when the condition is true; fails when it takes longer than the end of a job may take. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
}

/** Names of tests that are shown with their log lines. */
const LOGGED = process.env['ROW_LOG'];

/** A test of a row, once with whole and once with partial MESSAGE_UPDATEs if its script has one. */
export function testRow(name: string, options: RowOptions, check: (row: Row) => Promise<void>): void {
  const hasUpdates = options.script?.steps.some(({ event }) => event === 'MESSAGE_UPDATE') === true;
  for (const updates of hasUpdates ? (['full', 'partial'] as const) : (['full'] as const)) {
    void test(hasUpdates ? `${name} (${updates} updates)` : name, async () => {
      const row = await openRow({ ...options, behaviour: { ...options.behaviour, updates } });
      try {
        await check(row);
      } finally {
        await row.server.close();
        await row.discord.close();
      }
    });
  }
}

async function openRow(options: RowOptions): Promise<Row> {
  const speed = options.speed ?? SECONDS;
  const clock = createTickClock(speed);
  const discord = await startScriptedDiscord(clock, options.behaviour);
  if (options.script) discord.respondWith(playFor(options.script));
  const settings = {
    ATELIER_NO_PRESET: '1',
    CONTENT_POLICY: 'none',
    DISCORD_REST_URL: discord.restUrl,
    CALLBACK_RETRY_DELAYS: '',
    ...(typeof options.settings === 'function' ? await options.settings() : options.settings),
  };
  // The machine is not faster than usual: the limit of one REST call is longer in fast time.
  const limits = { discordLimits: { requestTimeoutMs: 120_000 } };
  const server = await createBareTestServer(settings, { clock, ...limits, ...(LOGGED && { log: createLog({ level: LOGGED }) }) });
  const row = createRow({ clock, discord, server }, speed <= SECONDS ? PATIENCE.secondsMs : PATIENCE.minutesMs);
  await addAccount(row, options.inPrivateChannel === true);
  return row;
}

async function addAccount({ server, discord }: Row, inPrivateChannel: boolean): Promise<void> {
  const { token, guildId, channelId } = discord.account;
  const answer = inPrivateChannel
    ? await server.call('POST', '/accounts', { token, maxJobs: 3 })
    : await server.call('PUT', `/accounts/${channelId}`, { token, guildId, maxJobs: 3 });
  assert.equal(answer.status, 201, answer.text);
}

function createRow({ clock, discord, server }: Pick<Row, 'clock' | 'discord' | 'server'>, patienceMs: number): Row {
  const submit = async (body: JsonObject): Promise<string> => {
    const answer = await server.call('POST', '/jobs', body);
    if (typeof answer.body['id'] !== 'string') throw new Error(`POST /jobs answered ${answer.status}: ${answer.text}`);
    return answer.body['id'];
  };
  const ended = (jobId: string): Promise<EndedJob> => followToEnd(server, jobId, deadline(clock, patienceMs));
  const row: Row = {
    clock,
    discord,
    server,
    submit,
    imagine: (prompt) => submit({ verb: 'imagine', prompt }),
    async playAll({ prompt, times }) {
      const ids = await Promise.all(Array.from({ length: times }, () => row.imagine(prompt)));
      return Promise.all(ids.map(ended));
    },
    ended,
    read: async (jobId) => (await server.call('GET', `/jobs/${jobId}`)).body,
    account: () => readAccount(server),
    asked: (name = 'imagine') => discord.interactions.filter((interaction) => interaction.name === name).length,
    sentSince: (sinceMs) => discord.requests.filter(({ route, atMs }) => route === 'POST /interactions' && atMs >= sinceMs).length,
    async requestsOf(jobId) {
      const operation = JSON.stringify((await server.atelier.store.getJob(jobId))?.operation ?? null);
      return discord.interactions.filter(({ nonce }) => operation.includes(nonce));
    },
    pass: (ms) => sleep(clock, ms),
    async until(what, condition) {
      const endMs = clock.now() + patienceMs;
      while (!(await condition())) {
        if (clock.now() > endMs) assert.fail(`never: ${what}`);
        await sleep(systemClock, 10);
      }
    },
  };
  return row;
}

async function readAccount(server: BareTestServer): Promise<AccountState> {
  const [account = {}] = listOf((await server.call('GET', '/accounts')).body['items']);
  const [pause, hold] = [fieldsOf(account['pause']), fieldsOf(account['hold'])];
  const named = textOf(account['state']) || textOf(account['status']);
  const state = named || ('code' in pause ? 'paused' : 'code' in hold ? 'held' : 'active');
  const { code, title } = state === 'paused' ? pause : { title: hold['reason'], ...hold };
  const until = hold['until'] ?? hold['untilMs'];
  return {
    state,
    code: textOf(code),
    title: textOf(title),
    untilMs: typeof until === 'number' ? until : typeof until === 'string' ? Date.parse(until) : null,
  };
}

/** Longest wait for the end of a job, in time of the fast clock: at a speed of seconds, and of minutes. */
const PATIENCE = { secondsMs: 200_000, minutesMs: 1_500_000 };

/** Reads the server-sent events of a job to their end. */
async function followToEnd(server: BareTestServer, jobId: string, limit: ReturnType<typeof deadline>): Promise<EndedJob> {
  const { url, apiKey } = server.atelier;
  const trail: { status: string; percent: number }[] = [];
  const note = (job: Fields): void => void trail.push({ status: textOf(job['status']), percent: Number(job['progressPercent']) });
  try {
    const headers = { authorization: `Bearer ${apiKey}` };
    const stream = await request(`${url}/jobs/${jobId}/events`, { headers, signal: limit.signal });
    let text = '';
    for await (const chunk of stream.body) {
      text += String(chunk);
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = parseFields(/^data: (.*)$/m.exec(event)?.[1] ?? '');
        if (Array.isArray(data['jobs'])) for (const job of listOf(data['jobs'])) note(job);
        else if (data['id'] === jobId) note(data);
      }
    }
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  } finally {
    limit.cancel();
  }
  const { body } = await server.call('GET', `/jobs/${jobId}`);
  if (body['isFinal'] !== true) assert.fail(`the job does not end: ${textOf(body['status'])}, ${Number(body['progressPercent'])} %`);
  return toEndedJob(body, trail);
}

function toEndedJob(body: Fields, trail: EndedJob['trail']): EndedJob {
  const error = fieldsOf(body['error']);
  return {
    id: textOf(body['id']),
    status: textOf(body['status']),
    trail,
    code: textOf(error['code']),
    words: [error['title'], error['detail']].filter((part) => typeof part === 'string').join(': '),
    buttons: listOf(body['buttons']).map(({ label }) => textOf(label)),
    tookMs: Date.parse(textOf(body['finishedAt'])) - Date.parse(textOf(body['createdAt'])),
    body,
  };
}
