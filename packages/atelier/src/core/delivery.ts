import type { DialectName } from './job.ts';

/** A callback body on its way to one URL. Stored in the transaction that ends its job; the body never changes after. */
export interface Delivery {
  /** `msg_…`: the same in every attempt; receivers see it as `webhook-id`. */
  readonly id: string;
  readonly jobId: string;
  readonly keyId: string;
  readonly dialect: DialectName;
  readonly url: string;
  /** `scheme://host:port` of the URL: what fairness and caps count by. */
  readonly origin: string;
  /** The exact bytes to send, UTF-8 JSON. */
  readonly body: string;
  /** The id that kie's own signature covers, where the dialect is kie; else null. */
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

/** One POST of a delivery and what came back. A receiver's 500 is a result, not an error. */
export interface Attempt {
  readonly deliveryId: string;
  /** 1 for the first. */
  readonly number: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly outcome: 'delivered' | 'refused' | 'timeout' | 'network' | 'blocked';
  /** HTTP status, or null when none came. */
  readonly status: number | null;
  /** The first 1 024 characters of the answer's body. */
  readonly responseBody: string;
  /** What went wrong in one line, or null. */
  readonly error: string | null;
}
