import type { Clock } from '@atelier/lib/clock';
import type { Random } from '@atelier/lib/random';
import { rateLimited, REST_ERRORS, type RateLimitScope, type RestError } from './errors.ts';

/** An answer that the next matching requests get in place of their usual one. A member that is null matches every request. */
export interface RestFault {
  /** Part of the path under `/api/v9`, for instance `/interactions`. */
  path: string | null;
  /** The whole path under `/api/v9`, or on the CDN; `*` stands for one segment. */
  route: string | null;
  method: string | null;
  /** The owner of the token that the request carries. */
  userId: string | null;
  kind: FaultKind;
  error: RestError | ConnectionFault;
  /** Number of requests that it still meets; null: without limit, until `untilMs`. */
  times: number | null;
  /** Its end in epoch milliseconds; null: when `times` is used up. */
  untilMs: number | null;
  /** The share of matching requests that it meets, above 0 and up to 1. */
  chance: number;
}

/** The connection fails instead of an answer, before Discord acted or after. */
export const CONNECTION_FAULTS = {
  drop: 'The connection is cut before Discord acted.',
  'drop-answer': 'Discord acts; then the connection is reset instead of the answer.',
  hang: 'Discord neither acts nor answers; the connection stays open.',
} as const;
export type ConnectionFault = keyof typeof CONNECTION_FAULTS;

/** A request as faults are matched against it. */
export interface FaultTarget {
  method: string;
  path: string;
  userId: string | null;
  /** Files and uploads lie outside the REST interface: only a fault with a `route` meets them. */
  onCdn: boolean;
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
  /** The owner of the token that it carried; null without a known token. */
  userId: string | null;
}

const MAX_RECORDS = 1_000;

/** The faults that wait for REST requests, and the latest requests. */
export interface RestJournal {
  add(fault: RestFault): void;
  /** The fault that this request meets, counted down. */
  take(target: FaultTarget): RestFault | undefined;
  faults(): RestFault[];
  clearFaults(): void;
  clear(): void;
  record(request: Omit<RequestRecord, 'atMs'>): void;
  records(): RequestRecord[];
}

export function createRestJournal({ clock, random }: { clock: Clock; random: Random }): RestJournal {
  let faults: RestFault[] = [];
  let records: RequestRecord[] = [];
  const forgetOver = (): void => {
    faults = faults.filter(({ times, untilMs }) => times !== 0 && (untilMs ?? Infinity) > clock.now());
  };
  return {
    add: (fault) => void faults.push(fault),
    take(target) {
      forgetOver();
      const fault = faults.find((candidate) => meets(candidate, target) && (candidate.chance === 1 || random.next() < candidate.chance));
      if (fault && fault.times !== null) fault.times -= 1;
      return fault;
    },
    faults() {
      forgetOver();
      return faults.map((fault) => ({ ...fault }));
    },
    clearFaults() {
      faults = [];
    },
    clear() {
      faults = [];
      records = [];
    },
    record(request) {
      records.push({ atMs: clock.now(), ...request });
      if (records.length > MAX_RECORDS) records.shift();
    },
    records: () => [...records],
  };
}

function meets(fault: RestFault, { method, path, userId, onCdn }: FaultTarget): boolean {
  const place = fault.route === null ? !onCdn && path.includes(fault.path ?? '') : isOnRoute(path, fault.route);
  return place && (fault.method ?? method) === method && (fault.userId ?? userId) === userId;
}

function isOnRoute(path: string, route: string): boolean {
  const [wanted, given] = [route, path].map((text) => text.replace(/^\/api\/v\d+(?=\/)/, '').split('/'));
  return wanted?.length === given?.length && (wanted ?? []).every((segment, index) => segment === '*' || segment === given?.[index]);
}

/** The error for a fault's name and its details. Cloudflare names a wait only where the fault does (`namesWait`). */
export function toFaultError(
  kind: FaultKind,
  details: { status: number; retryAfterMs: number; scope: RateLimitScope; namesWait: boolean },
): RestFault['error'] {
  if (isConnectionFault(kind)) return kind;
  if (kind === 'rate-limit') return rateLimited(details.retryAfterMs, details.scope);
  if (kind === 'cloudflare1015' && details.namesWait)
    return {
      ...REST_ERRORS[kind],
      headers: { ...REST_ERRORS[kind].headers, 'retry-after': String(Math.ceil(details.retryAfterMs / 1_000)) },
    };
  if (kind === 'status') return { status: details.status, body: { message: `${details.status}: simulated`, code: 0 } };
  return REST_ERRORS[kind];
}

export type FaultKind = ConnectionFault | 'rate-limit' | 'status' | keyof typeof REST_ERRORS;

const isConnectionFault = (name: string): name is ConnectionFault => Object.hasOwn(CONNECTION_FAULTS, name);

export const FAULT_KINDS: readonly string[] = [...Object.keys(CONNECTION_FAULTS), 'rate-limit', 'status', ...Object.keys(REST_ERRORS)];

export const isFaultKind = (name: unknown): name is FaultKind => typeof name === 'string' && FAULT_KINDS.includes(name);
