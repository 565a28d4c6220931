import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { createSigner } from './sign.ts';

const secretOf = (byte: number): string => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const BODIES = [
  '{}',
  '{"code":200,"data":{"taskId":"t"}}',
  JSON.stringify({ prompt: 'نص ﷺ 👩‍🚀 \u0000 \ud800 \u202e "\\' }),
  JSON.stringify({ prompt: 'e\u0301'.repeat(50_000) }),
];

describe('signatures', () => {
  // The official verifier reads the system's clock, so these are signed now.
  const nowMs = Date.now();

  test('verify with the official Standard Webhooks library, under every secret', () => {
    const secrets = [secretOf(1), secretOf(2)];
    const sign = createSigner({ secrets });
    for (const body of BODIES) {
      const headers = sign({ id: 'msg_1', body, kieTaskId: null }, nowMs);
      for (const secret of secrets) assert.deepEqual(new Webhook(secret).verify(body, headers), JSON.parse(body));
      assert.throws(() => new Webhook(secretOf(3)).verify(body, headers));
      assert.throws(() => new Webhook(secretOf(1)).verify(`${body} `, headers));
      assert.throws(() => new Webhook(secretOf(1)).verify(body, { ...headers, 'webhook-id': 'msg_2' }));
    }
  });
  test("are kie's beside that, for kie alone", () => {
    const sign = createSigner({ secrets: [secretOf(1)], kieKey: 'key of the console' });
    const headers = sign({ id: 'msg_1', body: '{}', kieTaskId: 'task_1' }, 1_700_000_000_999);
    assert.equal(headers['X-Webhook-Timestamp'], '1700000000');
    assert.equal(headers['X-Webhook-Signature'], createHmac('sha256', 'key of the console').update('task_1.1700000000').digest('base64'));
    assert.deepEqual(Object.keys(sign({ id: 'msg_1', body: '{}', kieTaskId: null }, nowMs)), [
      'webhook-id',
      'webhook-timestamp',
      'webhook-signature',
    ]);
  });
  test('are left out without a key', () => {
    const delivery = { id: 'msg_1', body: '{}', kieTaskId: 't' };
    assert.deepEqual(Object.keys(createSigner({ secrets: [secretOf(1)] })(delivery, 5_000)), [
      'webhook-id',
      'webhook-timestamp',
      'webhook-signature',
    ]);
    assert.deepEqual(createSigner({ secrets: [] })(delivery, 5_000), { 'webhook-id': 'msg_1', 'webhook-timestamp': '5' });
  });
  test('are made afresh for each attempt', () => {
    const sign = createSigner({ secrets: [secretOf(1)] });
    const delivery = { id: 'msg_1', body: '{}', kieTaskId: null };
    assert.notEqual(sign(delivery, 1_000)['webhook-signature'], sign(delivery, 61_000)['webhook-signature']);
  });
  test('refuse a malformed secret without repeating it', () => {
    for (const secret of ['', 'whsec_', 'whsec_c2hvcnQ=', 'not-a-secret', `whsec_${'A'.repeat(120)}`, `${secretOf(1)} `]) {
      assert.throws(() => createSigner({ secrets: [secretOf(1), secret] }), {
        message: 'signing secret 2 is not whsec_ followed by the base64 of 24 to 64 bytes',
      });
    }
  });
});
