import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Account, ApiKey } from '../core/account.ts';
import type { KeyService } from '../core/keys.ts';
import type { SunoRelay } from '../engine/suno/input.ts';
import type { JobFailure } from '../core/errors.ts';
import type { DialectName, Job, OutputAsset } from '../core/job.ts';
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
  holdCallbacks(jobId: string): () => void;
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

export interface AssetLinks {
  /** A signed link to a file of ours; the same text for the same asset every time. Answers 410 after its expiry. */
  url(asset: Pick<OutputAsset, 'assetId' | 'filename'>, job: Pick<Job, 'finishedAtMs' | 'updatedAtMs'>): string;
}

/** The accounts as dialects and the queue see them. */
export interface AccountService {
  /** Adds or replaces the account of a channel and opens its Discord session. Throws `JobError('invalid-request')` for a token that another channel has. */
  configure(request: {
    channelId: string;
    guildId: string;
    token: string;
    maxJobs: number;
  }): Promise<{ account: Account; created: boolean }>;
  /** The private channel that this token's user has with Midjourney's bot, to be configured with an empty `guildId`. Throws `JobError`. */
  findPrivateChannel(token: string): Promise<string>;
  /** An account for the token that a caller brought along; the configured one when it is the same token. */
  bring(request: { channelId: string; guildId: string; token: string; maxJobs: number }): Promise<Account>;
  get(accountId: string): Promise<Account | undefined>;
  list(): Promise<Account[]>;
  remove(accountId: string): Promise<boolean>;
  /** Clears the pause; the account is used again. */
  reset(accountId: string): Promise<boolean>;
  /**
   * The listed, unpaused account with most free slots, round robin among equals. Throws `JobError`: `account-missing` when none is listed,
   * `account-paused` when all are paused (facts `code`), `account-busy` when all are full (facts `executingJobIds`, `maxJobs`; with a
   * `viewer`, the ids of those jobs alone that this key may see).
   */
  pickFree(viewer?: Pick<ApiKey, 'id' | 'admin'>): Promise<Account>;
}
