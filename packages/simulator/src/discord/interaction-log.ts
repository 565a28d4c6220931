import type { Clock } from '@atelier/lib/clock';
import type { Interaction } from './interactions.ts';

/** A POST /interactions that Discord has read, accepted or not; requests that met a fault before are in the journal alone. */
export interface InteractionRecord {
  atMs: number;
  userId: string;
  nonce: string | null;
  /** The full name of a command (`prefer remix`), the id of a button, or the id of a form. */
  command: string;
  /** The text that the user wrote; null for an interaction without one. */
  prompt: string | null;
  /** 204, or the status of the refusal. An accepted one whose answer was lost has 204. */
  status: number;
}

/** A job that the bot was asked for, whether it ran, waited or found the queue full. */
export interface AskedJob {
  userId: string;
  prompt: string;
  nonce: string | null;
  outcome: 'started' | 'queued' | 'full';
}

/** How often each thing was asked for: the more than one of `byPrompt` is the job that was asked for again. */
export interface InteractionCounts {
  interactions: {
    total: number;
    accepted: number;
    byCommand: Record<string, number>;
    byPrompt: Record<string, number>;
    byNonce: Record<string, number>;
  };
  jobs: { total: number; byPrompt: Record<string, number> };
}

/** The interactions and jobs since the start or the last reset; the oldest are forgotten. */
export interface InteractionLog {
  interaction(interaction: Interaction, status: number): void;
  job(job: AskedJob): void;
  interactions(): InteractionRecord[];
  jobs(): AskedJob[];
  counts(): InteractionCounts;
  clear(): void;
}

const MAX_LOGGED = 20_000;

export function createInteractionLog(clock: Clock): InteractionLog {
  let interactions: InteractionRecord[] = [];
  let jobs: AskedJob[] = [];
  return {
    interaction({ account, nonce, action }, status) {
      const prompt =
        action.type === 'command' ? action.options.get('prompt') : action.type === 'modal' ? [...action.fields.values()][0] : undefined;
      const command = action.type === 'command' ? action.name : action.type === 'modal' ? action.modal.customId : action.customId;
      interactions.push({ atMs: clock.now(), userId: account.user.id, nonce, command, prompt: prompt ?? null, status });
      if (interactions.length > MAX_LOGGED) interactions.shift();
    },
    job(job) {
      jobs.push(job);
      if (jobs.length > MAX_LOGGED) jobs.shift();
    },
    interactions: () => [...interactions],
    jobs: () => [...jobs],
    counts() {
      const accepted = interactions.filter(({ status }) => status === 204);
      return {
        interactions: {
          total: interactions.length,
          accepted: accepted.length,
          byCommand: countBy(accepted.map(({ command }) => command)),
          byPrompt: countBy(accepted.map(({ prompt }) => prompt)),
          byNonce: countBy(accepted.map(({ nonce }) => nonce)),
        },
        jobs: { total: jobs.length, byPrompt: countBy(jobs.map(({ prompt }) => prompt)) },
      };
    },
    clear() {
      interactions = [];
      jobs = [];
    },
  };
}

/** How often each text occurs; nulls are left out. */
function countBy(texts: readonly (string | null)[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) if (text !== null) counts.set(text, (counts.get(text) ?? 0) + 1);
  return Object.fromEntries(counts);
}
