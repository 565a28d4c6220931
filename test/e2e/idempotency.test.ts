import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { request } from 'undici';
import { readConfig } from 'atelier/config/config';
import { parseJsonObject } from '@atelier/lib/json';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { startAtelier, type Atelier } from 'atelier/server/start';
import { startCallbackSink } from '@atelier/simulator';
import { DIALECTS, type TestDialect } from '../dialects.ts';

test('a repeated request gets its first job, though the settings refuse it by now', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-repeats-'));
  const list = join(folder, 'terms.txt');
  const sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock: systemClock });
  let running: Atelier | undefined;
  const start = async (settings: Record<string, string>): Promise<Atelier> => {
    await running?.close();
    running = await startAtelier(
      readConfig({
        PORT: '0',
        SIMULATOR_PORT: '0',
        SIMULATOR_PACE: '0',
        SIMULATOR_TILE: '16',
        KIE_RATE_LIMIT: '1',
        ATELIER_DATA: folder,
        CONTENT_POLICY: 'native,useapi,kie,linkr',
        CONTENT_POLICY_FILE: list,
        ...settings,
      }),
      { clock: systemClock, log: silentLog },
    );
    return running;
  };
  const send = async ({ url, apiKey }: Atelier, wire: TestDialect, idempotencyKey: string) => {
    const { path, body } = wire.submit;
    const reply = await request(`${url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        'idempotency-key': `${idempotencyKey} ${wire.name}`,
      },
      body: JSON.stringify({ ...body, [wire.callback]: `${sink.url}/hook` }),
    });
    const answer = parseJsonObject(await reply.body.text());
    return { code: wire.codeOf(reply.statusCode, answer), id: wire.idOf(answer) };
  };

  try {
    await writeFile(list, 'gore\n');
    const before = await start({ CALLBACK_ALLOW: '127.0.0.0/8' });
    const first = new Map<string, Awaited<ReturnType<typeof send>>>();
    for (const wire of DIALECTS) first.set(wire.name, await send(before, wire, 'once'));

    // The settings now refuse the receiver's address and the prompt's word, and the account is paused.
    await writeFile(list, 'gore\nfox\n');
    const after = await start({ CALLBACK_ALLOW: '' });
    for (const { id } of await after.store.listAccounts()) {
      await after.store.setAccountPause(id, { code: 'pending-moderation', title: 'Pending mod message', details: null, atMs: 1 }, 1);
    }
    for (const wire of DIALECTS) {
      assert.notEqual(first.get(wire.name)?.id, '', wire.name);
      assert.deepEqual(await send(after, wire, 'once'), first.get(wire.name), wire.name);
      assert.ok((await send(after, wire, 'another')).code >= 400, wire.name);
    }
  } finally {
    await running?.close();
    await sink.close();
    await rm(folder, { recursive: true, force: true });
  }
});
