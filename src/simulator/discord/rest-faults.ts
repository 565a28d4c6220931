import { rateLimited, REST_ERRORS, type RateLimitScope, type RestError } from './errors.ts';

/** An answer that the next matching requests get instead of their own. */
export interface RestFault {
  /** Part of the path, for instance `/interactions`; empty matches everything. */
  path: string;
  method: string | null;
  error: RestError | 'drop';
  /** How many requests it still meets. */
  times: number;
}

/** One request as the journal keeps it; no headers, no bodies. */
export interface RequestRecord {
  atMs: number;
  method: string;
  path: string;
  /** 0 when the connection was cut instead of an answer. */
  status: number;
  /** The nonce of an interaction or message. */
  nonce: string | null;
}

const MAX_RECORDS = 1_000;

/** What REST is told to do wrong, and what it was asked. */
export interface RestJournal {
  add(fault: RestFault): void;
  take(method: string, path: string): RestFault | undefined;
  faults(): RestFault[];
  clear(): void;
  record(request: RequestRecord): void;
  records(): RequestRecord[];
}

export function createRestJournal(): RestJournal {
  let faults: RestFault[] = [];
  let records: RequestRecord[] = [];
  return {
    add: (fault) => void faults.push(fault),
    take(method, path) {
      const fault = faults.find((candidate) => path.includes(candidate.path) && (candidate.method ?? method) === method);
      if (fault) fault.times -= 1;
      faults = faults.filter((candidate) => candidate.times > 0);
      return fault;
    },
    faults: () => faults,
    clear() {
      faults = [];
      records = [];
    },
    record(request) {
      records.push(request);
      if (records.length > MAX_RECORDS) records.shift();
    },
    records: () => [...records],
  };
}

/** The error for a fault's name and its details. */
export function toFaultError(
  kind: FaultKind,
  details: { status: number; retryAfterMs: number; scope: RateLimitScope },
): RestFault['error'] {
  if (kind === 'drop') return 'drop';
  if (kind === 'rate-limit') return rateLimited(details.retryAfterMs, details.scope);
  if (kind === 'status') return { status: details.status, body: { message: `${details.status}: simulated`, code: 0 } };
  return REST_ERRORS[kind];
}

export type FaultKind = 'drop' | 'rate-limit' | 'status' | keyof typeof REST_ERRORS;

export const isFaultKind = (name: unknown): name is FaultKind =>
  name === 'drop' || name === 'rate-limit' || name === 'status' || (typeof name === 'string' && Object.hasOwn(REST_ERRORS, name));
