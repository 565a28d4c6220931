import {
  readAssetStore,
  readBaseUrl,
  readChoice,
  readChoices,
  readDuration,
  readList,
  readNumber,
  readOptional,
  readSigningSecrets,
  readSwitch,
  readText,
  readWebUrl,
  readWhole,
} from './config-values.ts';

/**
 * Every setting there is, in one table: its name in the environment, what it means, its default, how it is read. Read once, in
 * `main.ts`; `docs/config.md` is generated from it. Faults are reported together, so that one start shows them all.
 */

interface Setting<Value> {
  env: string;
  doc: string;
  /** As it would be written in the environment; empty string: unset. */
  fallback: string;
  /** Never shown in logs or documents. */
  secret?: true;
  /** Throws an Error that says what is expected. */
  read(text: string): Value;
}

const setting = <Value>(definition: Setting<Value>): Setting<Value> => definition;

export const SETTINGS = {
  host: setting({ env: 'HOST', fallback: '127.0.0.1', doc: 'Address that the API listens on.', read: readText }),
  port: setting({ env: 'PORT', fallback: '3000', doc: 'Port of the API; 0 takes a free one.', read: readNumber(0, 65_535) }),
  publicUrl: setting({
    env: 'PUBLIC_URL',
    fallback: '',
    doc: 'Prefix of the links to pictures as callers see it, such as `https://media.example.com`. Unset: `http://HOST:PORT`.',
    read: readOptional,
  }),
  dataFolder: setting({
    env: 'ATELIER_DATA',
    fallback: './data',
    doc: 'Folder of the database, the pictures and the generated secrets.',
    read: readText,
  }),
  apiKey: setting({
    env: 'ATELIER_API_KEY',
    fallback: '',
    secret: true,
    doc: 'A first API key, with all rights. Unset: one is generated and printed at the first start.',
    read: readOptional,
  }),
  secret: setting({
    env: 'ATELIER_SECRET',
    fallback: '',
    secret: true,
    doc: 'Encrypts Discord tokens and signs links to pictures. Unset: generated into the data folder.',
    read: readOptional,
  }),
  logLevel: setting({
    env: 'LOG_LEVEL',
    fallback: 'info',
    doc: 'How much is logged: `silent`, `error`, `warn`, `info` or `debug`.',
    read: readChoice('silent', 'error', 'warn', 'info', 'debug'),
  }),
  midjourneyUpstream: setting({
    env: 'MIDJOURNEY_UPSTREAM',
    fallback: 'simulator',
    doc: 'Where Midjourney is: `simulator`, or `discord` for the real one.',
    read: readChoice('simulator', 'discord'),
  }),
  discordRestUrl: setting({
    env: 'DISCORD_REST_URL',
    fallback: '',
    doc: 'Discord REST base, for a simulator that runs elsewhere, such as `http://127.0.0.1:3001/api/v9`. Unset: as `MIDJOURNEY_UPSTREAM` says.',
    read: readOptional,
  }),
  sunoUpstream: setting({
    env: 'SUNO_UPSTREAM',
    fallback: 'simulator',
    doc: 'Where music is made: `simulator`, or the base URL of a Suno API in the format of kie.ai or sunoapi.org, such as `https://api.kie.ai`.',
    read: readBaseUrl,
  }),
  sunoApiKey: setting({
    env: 'SUNO_API_KEY',
    fallback: '',
    secret: true,
    doc: 'The key for `SUNO_UPSTREAM`.',
    read: readOptional,
  }),
  sunoMaxJobs: setting({
    env: 'SUNO_MAX_JOBS',
    fallback: '20',
    doc: 'How many Suno jobs run at once; others wait.',
    read: readWhole(1, 1_000),
  }),
  sunoPollInterval: setting({
    env: 'SUNO_POLL_INTERVAL',
    fallback: '30s',
    doc: 'The longest time between two looks at a Suno task whose upstream does not call back: it needs a `PUBLIC_URL` that it can reach.',
    read: readDuration,
  }),
  interactionInterval: setting({
    env: 'DISCORD_INTERACTION_INTERVAL',
    fallback: '350ms',
    doc: 'Least time between two commands of one Discord account.',
    read: readDuration,
  }),
  simulatorPort: setting({
    env: 'SIMULATOR_PORT',
    fallback: '3001',
    doc: 'Port of the simulator, on 127.0.0.1 alone; 0 takes a free one.',
    read: readNumber(0, 65_535),
  }),
  simulatorPace: setting({
    env: 'SIMULATOR_PACE',
    fallback: '1',
    doc: 'How slowly the simulator paints: 1 is a picture in about 3 s, 0 at once, 15 lifelike.',
    read: readNumber(0, 1_000),
  }),
  simulatorTile: setting({
    env: 'SIMULATOR_TILE',
    fallback: '512',
    doc: 'Longer side of one of the four pictures of a simulated grid, in pixels.',
    read: readNumber(8, 2_048),
  }),
  ffmpegPath: setting({
    env: 'FFMPEG_PATH',
    fallback: '',
    doc: 'The ffmpeg to use, an absolute path. Unset: the one on the `PATH`, else the npm package `@ffmpeg-installer/ffmpeg`.',
    read: readOptional,
  }),
  videoLongest: setting({
    env: 'VIDEO_LONGEST',
    fallback: '10m',
    doc: 'The longest track that a music video is made of.',
    read: readDuration,
  }),
  videoWorkers: setting({
    env: 'VIDEO_WORKERS',
    fallback: '',
    doc: 'How many music videos are rendered at once; others wait. Unset: half as many as there are cores, at least one.',
    read: (text) => (text === '' ? undefined : readWhole(1, 64)(text)),
  }),
  searchPath: setting({ env: 'PATH', fallback: '', doc: 'Where programs are looked for; set by the system.', read: readOptional }),
  noPreset: setting({
    env: 'ATELIER_NO_PRESET',
    fallback: '',
    doc: 'Set to 1 to start without the simulator’s account configured.',
    read: readSwitch,
  }),
  jobTimeLimit: setting({
    env: 'JOB_TIME_LIMIT',
    fallback: '30m',
    doc: 'A job that has run this long is failed with the error `timeout`.',
    read: readDuration,
  }),
  queueTimeLimit: setting({
    env: 'QUEUE_TIME_LIMIT',
    fallback: '24h',
    doc: 'A job that has waited this long for a free account or place is failed with the error `timeout`.',
    read: readDuration,
  }),
  firstAnswerTimeout: setting({
    env: 'FIRST_ANSWER_TIMEOUT',
    fallback: '60s',
    doc: 'How long Midjourney may leave a command without any answer before its job fails.',
    read: readDuration,
  }),
  callbackAllow: setting({
    env: 'CALLBACK_ALLOW',
    fallback: '',
    doc: 'Comma-separated addresses, networks (CIDR) and host names outside the public internet that callbacks and image URLs may use. Never settable through the API.',
    read: readList,
  }),
  operatorUrl: setting({
    env: 'OPERATOR_URL',
    fallback: '',
    doc: 'Told by a signed callback when an account is paused. An address inside the network needs `CALLBACK_ALLOW` too.',
    read: readOptional,
  }),
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
    doc: 'Whose Suno API callers know, where the two differ: `kie` (kie.ai) or `sunoapi` (sunoapi.org).',
    read: readChoice('kie', 'sunoapi'),
  }),
  contentPolicy: setting({
    env: 'CONTENT_POLICY',
    fallback: 'linkr',
    doc: 'Dialects whose prompts are checked against the content policy before Midjourney is asked: `useapi`, `kie`, `linkr`, `native`, separated by commas, or `none`.',
    read: readChoices('useapi', 'kie', 'linkr', 'native'),
  }),
  contentPolicyFile: setting({
    env: 'CONTENT_POLICY_FILE',
    fallback: '',
    doc: 'Terms that the content policy does not let pass, one per line, `#` begins a comment; read anew at SIGHUP. Unset: the list that comes with Atelier.',
    read: readOptional,
  }),
  assetRetention: setting({
    env: 'ASSET_RETENTION',
    fallback: '14d',
    doc: 'How long pictures are kept; afterwards their links answer 410.',
    read: readDuration,
  }),
  assetStore: setting({
    env: 'ASSET_STORE',
    fallback: '',
    doc: 'Where pictures, music and videos are kept: `s3://bucket/prefix` for an S3-compatible bucket. Unset: a folder below `ATELIER_DATA`.',
    read: readAssetStore,
  }),
  s3Endpoint: setting({
    env: 'S3_ENDPOINT',
    fallback: '',
    doc: 'Base URL of the S3 service, such as `http://127.0.0.1:9000` for MinIO. Unset: Amazon’s own, of `S3_REGION`.',
    read: readWebUrl,
  }),
  s3Region: setting({
    env: 'S3_REGION',
    fallback: 'us-east-1',
    doc: 'Region of the bucket, as its provider names it (Cloudflare R2: `auto`).',
    read: readText,
  }),
  s3PathStyle: setting({
    env: 'S3_PATH_STYLE',
    fallback: 'auto',
    doc: 'Whether the bucket stands in the path of URLs (`on`) or before the host name (`off`); `auto`: in the path where `S3_ENDPOINT` is set.',
    read: readChoice('auto', 'on', 'off'),
  }),
  s3AccessKeyId: setting({
    env: 'AWS_ACCESS_KEY_ID',
    fallback: '',
    secret: true,
    doc: 'Access key of the bucket. Unset: whatever role or profile Amazon’s SDK finds on this machine.',
    read: readOptional,
  }),
  s3SecretAccessKey: setting({
    env: 'AWS_SECRET_ACCESS_KEY',
    fallback: '',
    secret: true,
    doc: 'Secret that belongs to `AWS_ACCESS_KEY_ID`.',
    read: readOptional,
  }),
  s3SessionToken: setting({
    env: 'AWS_SESSION_TOKEN',
    fallback: '',
    secret: true,
    doc: 'Third part of temporary credentials, where they have one.',
    read: readOptional,
  }),
} as const;

export type Config = { readonly [Name in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Name]['read']> };

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** All settings from the environment. Throws one `ConfigError` that names every setting at fault. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const read = ([name, { env, fallback, read: parse }]: [string, Setting<unknown>]): [string, unknown] => {
    const given = environment[env];
    try {
      return [name, parse(given === undefined || given === '' ? fallback : given)];
    } catch (error) {
      faults.push(`${env}: ${error instanceof Error ? error.message : String(error)}`);
      return [name, undefined];
    }
  };
  const entries = Object.entries(SETTINGS).map(read);
  if (faults.length > 0) throw new ConfigError(`These settings cannot be used:\n  ${faults.join('\n  ')}`);
  return Object.fromEntries(entries) as Config;
}
