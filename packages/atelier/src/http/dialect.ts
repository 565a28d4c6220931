import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { AccountLimits, AccountService } from '../core/account.ts';
import type { ApiKey } from '../core/key.ts';
import type { AssetLinks, Uploads } from '../core/asset.ts';
import type { KeyService } from '../core/key.ts';
import type { SunoRelay } from '../engine/suno/input.ts';
import type { JobFailure } from '../core/errors.ts';
import type { DialectName, Job } from '../core/job.ts';
import type { PolicyService } from '../policy/policy-service.ts';
import type { SubmitJob } from '../core/submit.ts';
import type { JobWatch } from '../core/watch.ts';
import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { JsonObject } from '@atelier/lib/json';
import type { Log } from '@atelier/lib/log';
import type { Store } from '../core/store.ts';

/**
 * One vendor's wire format: a Fastify plugin with its routes and its own error handler, and the body of its callbacks.
 * A dialect only translates: rules that every dialect needs stand in `core/`. It imports no other dialect, and of an engine only the files about its input (`input.ts`, `expand-prompt.ts`).
 */
export interface Dialect {
  readonly name: DialectName;
  /** Registers routes with their full paths (`/v2/jobs/imagine`), so that one folder reads as the vendor's manual. */
  readonly plugin: FastifyPluginAsync;
  /** The body of the callback for a job that has ended or has a part of its result (`progress`); null where this vendor sends no callback. */
  renderCallback(job: Job): CallbackBody | null;
  /**
   * The body of one more callback, for a result that came after the job had ended without one. Left out: the vendor knows no second callback, and
   * none is sent.
   */
  renderLateResult?(job: Job): CallbackBody;
  /** The vendor's answer to a path without a route, or undefined for a path that does not look like one of this vendor. */
  answerUnknownPath(method: string, path: string): { status: number; body: JsonObject } | undefined;
}

export interface CallbackBody {
  /** JSON text. */
  body: string;
  /** The task id that kie's signature covers; null in other dialects. */
  kieTaskId: string | null;
}

/** The services that every dialect gets. */
export interface DialectDeps {
  clock: Clock;
  ids: Ids;
  log: Log;
  store: Store;
  submit: SubmitJob;
  watch: JobWatch;
  accounts: AccountService;
  keys: KeyService;
  links: AssetLinks;
  /** The key of the request's `Authorization: Bearer …`; throws `JobError` (unauthorized, key-expired, key-suspended). */
  authenticate(request: FastifyRequest): Promise<ApiKey>;
  /** Ends a job as `cancelled` and asks the engine to stop. Returns the job after that; a final job stays unchanged. */
  cancel(job: Job): Promise<Job>;
  /** Ends a job with this failure, for a dialect with a shorter time limit than the engine. A final job stays unchanged. */
  fail(job: Job, failure: JobFailure): Promise<Job>;
  /** Suppresses the callbacks of a job until the returned function is called: the reply to the request must reach the caller first. */
  suppressCallbacks(jobId: string): () => void;
  /** Refuses a URL by its form alone: throws `JobError('url-refused')`. Returns it normalised. */
  checkUrl(url: string): string;
  policy: PolicyService;
  /** Pictures that callers send with their requests. */
  uploads: Uploads;
  /** Asks the Suno upstream for answers that come at once, without a job. */
  suno: SunoRelay;
}

/** The services of the native dialect, which also administers the server. */
export interface NativeDeps extends DialectDeps {
  accountLimits: AccountLimits;
  /** Wakes the dispatcher: deliveries have become due. */
  onDeliveriesDue(): void;
}
