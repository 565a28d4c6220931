import type { Log } from '@atelier/lib/log';
import { JobError } from '../core/errors.ts';
import type { DialectName } from '../core/job.ts';
import { createContentPolicy, parsePolicyTerms, type ContentPolicy, type PolicyVerdict } from './policy.ts';

/** The content policy of this server: which prompts are refused before Midjourney is asked, and in which dialects. */
export interface PolicyService {
  /** Whether a text may be sent on. Always, in a dialect where the policy is off. */
  check(dialect: DialectName, text: string): PolicyVerdict;
  /** Reads the list anew and returns how many terms are in force then. A list that cannot be used changes nothing and is logged. */
  reload(): Promise<{ terms: number }>;
}

interface PolicyServiceDeps {
  /** Where the policy is on. */
  dialects: readonly DialectName[];
  /** The list as text, one term a line; rejects when it cannot be read. */
  readList(): Promise<string>;
  log: Log;
}

/** One list that is being checked against. */
interface List {
  policy: ContentPolicy;
  terms: number;
}

/** The service with its first list. Rejects when that cannot be used: a server that was told to check must not start without. */
export async function createPolicyService({ dialects, readList, log }: PolicyServiceDeps): Promise<PolicyService> {
  const isOn = new Set(dialects);
  let inForce = await load(readList);
  let reloads: Promise<unknown> = Promise.resolve();

  async function replace(): Promise<{ terms: number }> {
    try {
      inForce = await load(readList);
      log.info({ terms: inForce.terms }, 'content policy: the list was read anew');
    } catch (error) {
      log.error({ err: error, terms: inForce.terms }, 'content policy: the list cannot be used, the old one stays in force');
    }
    return { terms: inForce.terms };
  }

  return {
    check: (dialect, text) => (isOn.has(dialect) ? inForce.policy.check(text) : { allowed: true }),
    reload() {
      // One after the other: what was read last is in force last.
      const reloaded = reloads.then(replace);
      reloads = reloaded;
      return reloaded;
    },
  };
}

/** Throws `JobError('content-policy')` for a text that may not be sent on. */
export function requireAllowed(policy: Pick<PolicyService, 'check'>, dialect: DialectName, text: string): void {
  const verdict = policy.check(dialect, text);
  if (verdict.allowed) return;
  const message = 'The prompt holds a term that the content policy of this server does not allow';
  throw new JobError('content-policy', message, { facts: { term: verdict.term } });
}

async function load(readList: PolicyServiceDeps['readList']): Promise<List> {
  const terms = parsePolicyTerms(await readList());
  const policy = createContentPolicy({ terms });
  // An editor that is just writing the file leaves it empty for a moment; who wants no check switches the policy off.
  if (policy.size === 0) throw new Error('the list of the content policy holds no term');
  return { policy, terms: policy.size };
}
