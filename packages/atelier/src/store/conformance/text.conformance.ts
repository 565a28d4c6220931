import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CreateStore, NOW_MS, accept, deliver, describeStore, newAsset, newAttempt, newKey, start, written } from './fixtures.ts';

/** Text that has broken stores before. */
const TEXTS: Record<string, string> = {
  'emoji and joiners': '🏞️ 👩‍👩‍👧‍👦 🇺🇳 e\u0301 é',
  'right to left, CJK and beyond the first plane': 'مرحبا 漢字 𠮷',
  'U+0000 and other controls': 'a\u0000b\u0001\u001f\u007f\r\n\t\u2028\u2029\ufeff',
  quoting: `'; drop table job; -- "\\" ? $1 :a @b %00 \${x}`,
  'a very long text': '𝄞é-'.repeat(50_000),
  empty: '',
};

/** Only a column that keeps JSON can store this text. */
const HALF_PAIR = 'cut \ud83d';

export function testText(name: string, createStore: CreateStore): void {
  describeStore(`${name} keeps text unchanged`, createStore, (store) => {
    for (const [sample, text] of Object.entries({ ...TEXTS, 'half a surrogate pair': HALF_PAIR })) {
      test(`${sample} in the input and output of a job`, async () => {
        const json = { [`key ${text}`]: text, list: [text] };
        const job = await start(store(), { operation: json }, { input: json, echo: json });
        const output = { ...job.output, message: { id: '1', content: text, timestamp: text, flags: 0, embeds: [json] }, data: json };
        const failure = { code: 'internal', title: text, details: text } as const;
        const ended = { jobId: job.id, version: job.version, nowMs: NOW_MS, set: { status: 'failed', output, failure } } as const;
        const moved = await store().transition(ended);
        const found = await store().getJob(job.id);
        for (const read of [moved, found]) {
          assert.deepEqual([read?.input, read?.echo, read?.operation, read?.output, read?.failure], [json, json, json, output, failure]);
        }
      });

      test(`${sample} in a receiver's response and an operator's names`, async () => {
        const { deliveries } = await deliver(store(), {});
        const attempt = newAttempt(written(deliveries[0]).id, 1, { responseBody: text, error: text });
        await store().recordAttempt({ attempt, nowMs: NOW_MS, next: { state: 'stopped' } });
        assert.deepEqual(await store().listAttempts(attempt.deliveryId), [attempt]);
        const asset = newAsset({ filename: text });
        await store().putAsset(asset);
        assert.deepEqual(await store().getAsset(asset.id), asset);
        const key = await store().createKey(newKey({ name: text }));
        assert.deepEqual(await store().getKey(key.id), key);
      });

      test(`${sample} in the body of a delivery`, async () => {
        const body = JSON.stringify({ text });
        const { deliveries } = await deliver(store(), { body });
        assert.equal((await store().getDelivery(written(deliveries[0]).id))?.body, body);
      });
    }

    for (const sample of ['emoji and joiners', 'quoting', 'right to left, CJK and beyond the first plane'] as const) {
      test(`${sample} in keys, ids and addresses`, async () => {
        const text = written(TEXTS[sample]);
        const idempotency = { key: text, fingerprint: text };
        const job = await accept(store(), { id: text, keyId: text, parentId: text, callbackUrl: text }, { dedupeKey: text, idempotency });
        assert.deepEqual(await store().getJob(text), job);
        assert.deepEqual(await store().listJobs({ keyId: text, parentId: text, limit: 1 }), [job]);
        assert.deepEqual(await store().acceptJob({ job, dedupeKey: text, idempotency }), { outcome: 'repeated', job });
        await deliver(store(), { origin: text, url: text });
        const claim = { nowMs: NOW_MS, leaseUntilMs: NOW_MS + 1, limit: 9, exceptJobIds: [text] };
        assert.deepEqual(await store().claimDeliveries({ ...claim, exceptOrigins: [text] }), []);
        assert.equal((await store().claimDeliveries({ ...claim, exceptOrigins: [] }))[0]?.url, text);
      });
    }
  });
}
