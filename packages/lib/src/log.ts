import { pino, type DestinationStream, type Logger } from 'pino';

/** The logger of all code, with pino's interface: structured fields first, then a fixed sentence. */
export type Log = Logger;

/** Fields that may hold a secret, in any logged object. */
const SECRET_FIELDS = ['token', 'discord', 'authorization', 'apiKey', 'secret', 'password', 'cookie'];

export function createLog(options: { level: string; destination?: DestinationStream }): Log {
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  return pino(
    { level: options.level, redact: { paths, censor: '…secured…' }, base: null },
    options.destination ?? pino.destination({ dest: 2, sync: false }),
  );
}

/** Writes nothing; for tests that do not read the log. */
export const silentLog: Log = pino({ level: 'silent' });
