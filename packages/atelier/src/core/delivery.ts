import type { DialectName } from './job.ts';

/** One callback body that must reach one URL. Stored in the transaction of the transition that it reports; the body never changes afterwards. */
export interface Delivery {
  /** `msg_…`: the same in every attempt; receivers see it as `webhook-id`. */
  readonly id: string;
  readonly jobId: string;
  readonly keyId: string;
  readonly dialect: DialectName;
  readonly url: string;
  /** `scheme://host:port` of the URL: fairness and the per-origin limiter count by it. */
  readonly origin: string;
  /** The exact bytes to send, UTF-8 JSON. */
  readonly body: string;
  /** For the dialect kie: the id that kie's signature covers. Else null. */
  readonly kieTaskId: string | null;
  readonly state: DeliveryState;
  /** Attempts made so far. */
  readonly attemptCount: number;
  readonly dueAtMs: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/**
 * `pending` until an attempt succeeds (`delivered`), the last retry fails (`exhausted`), or the receiver answers 410
 * (`stopped`). Only a replay by the operator leaves the last three.
 */
export type DeliveryState = 'pending' | 'delivered' | 'exhausted' | 'stopped';

export type NewDelivery = Omit<Delivery, 'state' | 'attemptCount' | 'updatedAtMs'>;

/** One POST of a delivery and its outcome. A receiver's 500 is an outcome, not an exception. */
export interface Attempt {
  readonly deliveryId: string;
  /** 1 for the first. */
  readonly number: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly outcome: 'delivered' | 'refused' | 'timeout' | 'network' | 'blocked';
  /** HTTP status, or null when the receiver did not answer. */
  readonly status: number | null;
  /** The first 1 024 characters of the answer's body. */
  readonly responseBody: string;
  /** The error in one line, or null. */
  readonly error: string | null;
}
