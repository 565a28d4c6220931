import type { Engine } from '../core/engine.ts';
import type { EngineName, Job } from '../core/job.ts';
import type { Round } from './round.ts';

/** What is known of free places between two rounds, so that a job which must wait costs no look at the store. */
export interface Slots {
  /** How many more jobs an engine may run; undefined for one that is limited by its accounts. */
  free(engine: Engine): number | undefined;
  /** A round was planned: what it found full stays full until `forget`. */
  learn(engine: EngineName, round: Pick<Round, 'full' | 'allFull'>): void;
  /** Something may have come free. */
  forget(): void;
  /** No place is free for this job, as far as is known: a round would find nothing. */
  mustWait(job: Job): boolean;
}

export function createSlots(engines: ReadonlyMap<EngineName, Engine>, running: { values(): Iterable<{ engine: Engine }> }): Slots {
  const found = new Map<EngineName, Pick<Round, 'full' | 'allFull'>>();
  return {
    free(engine) {
      if (engine.slots === undefined) return undefined;
      let free = engine.slots;
      for (const run of running.values()) if (run.engine === engine) free -= 1;
      return free;
    },
    learn: (engine, round) => void found.set(engine, round),
    forget: () => found.clear(),
    mustWait({ engine, accountId, usesSlot, maxJobs }) {
      const known = found.get(engine);
      if (!known) return false;
      if (engines.get(engine)?.slots !== undefined) return known.allFull;
      return usesSlot && maxJobs === null && (accountId === null ? known.allFull : known.full.has(accountId));
    },
  };
}
