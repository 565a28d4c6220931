import { readChoice, readDuration, readList, readNumber, readOptional, readSigningSecrets, readSwitch } from '../read-values.ts';
import { setting } from '../setting.ts';

/** Settings of callbacks and of single dialects. */
export const CALLBACK_SETTINGS = {
  callbackAllow: setting({
    env: 'CALLBACK_ALLOW',
    fallback: '',
    doc: 'Comma-separated addresses, networks (CIDR) and host names outside the public internet that callbacks and image URLs may use. Never settable through the API.',
    read: readList,
  }),
  // Source: kie, callback delivery.
  callbackRetryDelays: setting({
    env: 'CALLBACK_RETRY_DELAYS',
    fallback: '60s,5m,15m',
    doc: 'Wait before each retry of a callback; as many retries as entries.',
    read: (text) => readList(text).map(readDuration),
  }),
  callbackSigningSecrets: setting({
    env: 'CALLBACK_SIGNING_SECRETS',
    fallback: '',
    secret: true,
    doc: 'Standard Webhooks secrets (`whsec_…`); callbacks carry a signature by each. Unset: one is generated into the data folder.',
    read: readSigningSecrets,
  }),
  kieSigningKey: setting({
    env: 'KIE_WEBHOOK_HMAC_KEY',
    fallback: '',
    secret: true,
    doc: 'Key of kie’s own callback signature headers. Unset: they are not sent.',
    read: readOptional,
  }),
  kieMirrorStatus: setting({
    env: 'KIE_MIRROR_STATUS',
    fallback: '',
    doc: 'Set to 1 to answer kie’s codes 401 and 429 as HTTP statuses too.',
    read: readSwitch,
  }),
  kieRateLimit: setting({
    env: 'KIE_RATE_LIMIT',
    fallback: '0',
    doc: 'New kie tasks per key in 10 s (20 at the vendor); 0: no limit.',
    read: readNumber(0, 1_000_000),
  }),
  sunoDialect: setting({
    env: 'SUNO_DIALECT',
    fallback: 'kie',
    doc: 'Format of the Suno API where the two vendors differ: `kie` (kie.ai) or `sunoapi` (sunoapi.org).',
    read: readChoice('kie', 'sunoapi'),
  }),
} as const;
