import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { AccountService } from '../core/account.ts';
import type { ApiKey } from '../core/key.ts';
import type { AssetLinks } from '../core/asset.ts';
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
 * A dialect translates. It decides nothing that another dialect would have to decide again, imports no other dialect and no
 * engine's code (each engine's `input.ts`, a contract, excepted).
 */
export interface Dialect {
  readonly name: DialectName;
  /** Registers routes with their full paths (`/v2/jobs/imagine`), so that one folder reads as the vendor's manual. */
  readonly plugin: FastifyPluginAsync;
  /** What the caller of this dialect gets when a job has ended or has a part of its result (`progress`), or null when this dialect sends nothing for that. */
  renderCallback(job: Job): CallbackBody | null;
  /** What this vendor answers to a path that no route matched, or undefined when the path is not in its part of the surface. */
  answerUnknownPath(method: string, path: string): { status: number; body: JsonObject } | undefined;
}

export interface CallbackBody {
  /** JSON text. */
  body: string;
  /** The id that kie's signature covers; null elsewhere. */
  kieTaskId: string | null;
}

/** What every dialect is given. */
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
  /** Ends a job as `cancelled` and asks the engine to stop; the job as it stands then (a final job unchanged). */
  cancel(job: Job): Promise<Job>;
  /** Ends a job with this failure, where the dialect promises an end that the engine would wait beyond; a final job unchanged. */
  fail(job: Job, failure: JobFailure): Promise<Job>;
  /** Keeps the callbacks of a job back until the returned function is called: for replies that must reach the caller first. */
  suppressCallbacks(jobId: string): () => void;
  /** Refuses a URL by its form alone: throws `JobError('url-refused')`. Returns it normalised. */
  checkUrl(url: string): string;
  policy: PolicyService;
  /** What Suno answers at once, without a job. */
  suno: SunoRelay;
}

/** What the native dialect is given beside: through it the server is administered. */
export interface NativeDeps extends DialectDeps {
  /** Deliveries have fallen due: whoever sends them need not wait for the next look. */
  onDeliveriesDue(): void;
}
