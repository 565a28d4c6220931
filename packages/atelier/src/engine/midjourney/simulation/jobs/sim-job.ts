import type { JsonObject } from '@atelier/lib/json';
import type { AccountTrouble } from '../../../../core/account.ts';
import type { EngineUpdate } from '../../../../core/engine.ts';
import type { JobStatus } from '../../../../core/job.ts';
import type { ChannelEffect, ChannelEvent, ChannelState } from '../../channel-state.ts';
import type { MidjourneyOperation } from '../../requests/operation.ts';
import type { updateChannel } from '../../update-channel.ts';
import type { SimRequest } from '../bot/bot-model.ts';
import type { SimTruth } from './truth.ts';

/** One job of ours as the queue knows it. */
export interface SimJob {
  readonly jobId: string;
  readonly verb: string;
  readonly input: JsonObject;
  readonly pressed: string | null;
  readonly request: SimRequest;
  readonly requestKey: string;
  /** A small command: its answer is words, and it may be sent twice. */
  readonly isReply: boolean;
  /** `coming`: not submitted yet; `ending`: its last update is being written. */
  state: 'coming' | 'waiting' | 'running' | 'ending' | 'ended';
  /** The operation as it was last written. */
  written: MidjourneyOperation | null;
  status: JobStatus;
  /** Grows with each run; acts of an earlier run do nothing. */
  run: number;
  recalls: number;
  writes: (() => void)[];
  limitAtMs: number;
  /** Messages that the store knows as results of the job, late ones too. */
  readonly resultIds: string[];
}

/** The function under test, or a wrapper around it with a planted bug. */
export type ChannelUpdate = typeof updateChannel;
export type Ask = Extract<ChannelEffect, { type: 'ask' }>;

/** The checks look at everything that passes between the engine and the model. */
export interface RunChecks {
  onTruths(truths: readonly SimTruth[]): void;
  onStep(step: {
    before: ChannelState;
    event: ChannelEvent;
    context: Parameters<ChannelUpdate>[2];
    after: ReturnType<ChannelUpdate>;
  }): void;
  onPlanned(job: SimJob, operation: MidjourneyOperation, isResumed: boolean): void;
  onAsk(job: SimJob, ask: Ask): void;
  onReport(job: SimJob, update: EngineUpdate): void;
  /** The final update of a job was written. */
  onWritten(job: SimJob, update: EngineUpdate): void;
  /** The queue ended the job: time limit or cancel. */
  onStopped(job: SimJob, why: 'timeout' | 'cancelled'): void;
  onTrouble(trouble: AccountTrouble): void;
  onLate(jobId: string, urls: readonly string[]): void;
  onPauseCause(): void;
  /** The process died: everything that was not written is forgotten. */
  onCrash(): void;
  violation(text: string): void;
}
