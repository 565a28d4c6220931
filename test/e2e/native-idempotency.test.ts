import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, request } from 'undici';
import { parseJsonObject, textAt } from '@atelier/lib/json';
import { createTestServer } from '../test-server.ts';

const SUBMITS = 1_000;

test(`${SUBMITS} submits at once with one Idempotency-Key make one job`, async () => {
  const server = await createTestServer();
  const dispatcher = new Agent({ connections: 100 });
  try {
    const submit = async (prompt = 'a fox'): Promise<{ status: number; id: string; code: string }> => {
      const { statusCode, body } = await request(`${server.atelier.url}/jobs`, {
        method: 'POST',
        dispatcher,
        headers: {
          authorization: `Bearer ${server.atelier.apiKey}`,
          'content-type': 'application/json',
          'idempotency-key': 'only once',
        },
        body: JSON.stringify({ verb: 'imagine', prompt }),
      });
      const answer = parseJsonObject(await body.text());
      return { status: statusCode, id: textAt(answer, 'id'), code: textAt(answer, 'code') };
    };
    const answers = await Promise.all(Array.from({ length: SUBMITS }, () => submit()));
    const accepted = answers.filter(({ status }) => status === 202);
    const inFlight = answers.filter(({ status, code }) => status === 409 && code === 'idempotency-in-flight');
    assert.equal(accepted.length + inFlight.length, SUBMITS);
    const ids = new Set(accepted.map(({ id }) => id));
    assert.equal(ids.size, 1);
    const jobs = await server.atelier.store.listJobs({ limit: 10 });
    assert.deepEqual(new Set(jobs.map(({ id }) => id)), ids);
    assert.equal((await submit('a hare')).code, 'idempotency-mismatch');
    await server.waitForJob([...ids][0] ?? '', ({ status }) => status === 'completed');
  } finally {
    await dispatcher.close();
    await server.close();
  }
});
