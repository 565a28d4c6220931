import { DIALECT_NAMES } from '../../core/job.ts';
import { readChoice, readChoices, readDuration, readNumber, readOptional, readText } from '../read-values.ts';
import { setting } from '../setting.ts';

/** Settings of the server itself: addresses, secrets, limits, content policy. */
export const SERVER_SETTINGS = {
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
    doc: 'Least level of log lines: `silent`, `error`, `warn`, `info` or `debug`.',
    read: readChoice('silent', 'error', 'warn', 'info', 'debug'),
  }),
  jobTimeLimit: setting({
    env: 'JOB_TIME_LIMIT',
    fallback: '30m',
    doc: 'A job that runs longer fails with the error `timeout`.',
    read: readDuration,
  }),
  queueTimeLimit: setting({
    env: 'QUEUE_TIME_LIMIT',
    fallback: '24h',
    doc: 'A job that waits longer for a free account or slot fails with the error `timeout`.',
    read: readDuration,
  }),
  operatorUrl: setting({
    env: 'OPERATOR_URL',
    fallback: '',
    doc: 'Receives a signed callback when an account is paused or held. An address inside the network needs `CALLBACK_ALLOW` too.',
    read: readOptional,
  }),
  contentPolicy: setting({
    env: 'CONTENT_POLICY',
    fallback: 'linkr',
    doc: 'Dialects whose prompts are checked against the content policy before Midjourney is asked: `useapi`, `kie`, `linkr`, `native`, separated by commas, or `none`.',
    read: readChoices(...DIALECT_NAMES),
  }),
  contentPolicyFile: setting({
    env: 'CONTENT_POLICY_FILE',
    fallback: '',
    doc: 'File of the terms that the content policy refuses, one per line, `#` begins a comment; reloaded at SIGHUP. Unset: the list that comes with Atelier.',
    read: readOptional,
  }),
} as const;
