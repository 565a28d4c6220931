import { pino, type DestinationStream, type Logger } from 'pino';

/** What code logs through: pino's own interface, structured fields first, then a fixed sentence. */
export type Log = Logger;

/** Fields that may hold a secret, whatever object they sit in. */
const SECRET_FIELDS = ['token', 'discord', 'authorization', 'apiKey', 'secret', 'password', 'cookie'];

export function createLog(options: { level: string; destination?: DestinationStream }): Log {
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  return pino(
    { level: options.level, redact: { paths, censor: '…secured…' }, base: null },
    options.destination ?? pino.destination({ dest: 2, sync: false }),
  );
}

/** Says nothing; for tests that do not read the log. */
export const silentLog: Log = pino({ level: 'silent' });
