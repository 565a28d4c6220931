import { createHmac } from 'node:crypto';
import type { Delivery } from '../core/delivery.ts';

/** The signature headers of one attempt. */
export type SignDelivery = (delivery: Pick<Delivery, 'id' | 'body' | 'kieTaskId'>, nowMs: number) => Record<string, string>;

export interface SignOptions {
  /** Standard Webhooks secrets (`whsec_` and base64 of 24 to 64 bytes). Each of them signs, so a receiver may know any of them during a rotation. */
  secrets: readonly string[];
  /** The text that kie's clients know as `webhookHmacKey`. Without it kie's headers are not sent, as at kie before a key is made. */
  kieKey?: string;
}

/**
 * Signs attempts by Standard Webhooks 1.0, which covers body, delivery id and time, and for kie's clients also as kie does, which covers task id and time
 * only: a receiver that can choose checks `webhook-signature`. The time is that of the attempt, so each attempt has its own signature. Throws at once for
 * a malformed secret, without repeating it.
 */
export function createSigner(options: SignOptions): SignDelivery {
  const keys = options.secrets.map(parseSecret);
  const { kieKey } = options;
  return (delivery, nowMs) => {
    const timestamp = String(Math.floor(nowMs / 1_000));
    const covered = `${delivery.id}.${timestamp}.${delivery.body}`;
    const headers: Record<string, string> = { 'webhook-id': delivery.id, 'webhook-timestamp': timestamp };
    if (keys.length > 0) headers['webhook-signature'] = keys.map((key) => `v1,${hmac(key, covered)}`).join(' ');
    if (delivery.kieTaskId !== null && kieKey !== undefined) {
      headers['X-Webhook-Timestamp'] = timestamp;
      headers['X-Webhook-Signature'] = hmac(kieKey, `${delivery.kieTaskId}.${timestamp}`);
    }
    return headers;
  };
}

const hmac = (key: string | Buffer, text: string): string => createHmac('sha256', key).update(text, 'utf8').digest('base64');

function parseSecret(secret: string, index: number): Buffer {
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  const key = Buffer.from(text ?? '', 'base64');
  if (key.length < 24 || key.length > 64) {
    throw new Error(`signing secret ${index + 1} is not whsec_ followed by the base64 of 24 to 64 bytes`);
  }
  return key;
}
