import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseJsonObject, textAt } from '@atelier/lib/json';
import { createTestServer } from '../test-server.ts';
import { createProgramRunner, findFreePort } from './program-runner.ts';

test('the receiver in docs/callbacks.md verifies a callback that was sent before it started', async () => {
  const guide = await readFile(join(import.meta.dirname, '../../docs/callbacks.md'), 'utf8');
  const [, program = ''] = /^```js\n([^]*?)^```$/m.exec(guide) ?? [];
  assert.ok(program.includes('listen(4000'), 'the guide prints a receiver at port 4000');
  const server = await createTestServer({ CALLBACK_RETRY_DELAYS: '100ms,200ms,400ms,800ms,2s,4s,8s' });
  const runner = await createProgramRunner();
  try {
    const port = await findFreePort();
    const file = join(runner.folder, 'receiver.mjs');
    await writeFile(file, program.replace('4000', String(port)));
    const reply = await server.call('POST', '/v1/imagine', { prompt: 'a red fox', webhook_url: `http://127.0.0.1:${port}/` });
    const jobId = textAt(reply.body, 'task_id');
    const [secret = ''] = server.atelier.signingSecrets;
    const receiver = await runner.startServer(process.execPath, [file], /^msg_/m, port, { WEBHOOK_SECRET: secret });
    await receiver.waitForOutput(new RegExp(`task_id: '${jobId}',\\s+action: 'imagine',\\s+status: 'completed'`));
    const delivery = await server.waitForDelivery(jobId);
    assert.equal(delivery.state, 'delivered');
    const attempts = await server.atelier.store.listAttempts(delivery.id);
    assert.deepEqual(parseJsonObject(attempts.at(-1)?.responseBody ?? ''), { status: 'received' });
  } finally {
    await runner.close();
    await server.close();
  }
});
