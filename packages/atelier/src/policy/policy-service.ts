import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@atelier/lib/log';
import { JobError } from '../core/errors.ts';
import type { DialectName } from '../core/job.ts';
import { createContentPolicy, parsePolicyTerms, type ContentPolicy, type PolicyVerdict } from './policy.ts';

/** The content policy of this server: prompts that it refuses before a request to Midjourney, in the dialects where the policy is on. */
export interface PolicyService {
  /** Checks a text against the list. In a dialect where the policy is off, every text is allowed. */
  check(dialect: DialectName, text: string): PolicyVerdict;
  /** Reads the list again and returns how many terms are in force. If the list cannot be used, that is logged and the old list stays in force. */
  reload(): Promise<{ terms: number }>;
}

interface PolicyServiceDeps {
  /** The dialects where the policy is on. */
  dialects: readonly DialectName[];
  /** The list as text, one term a line. Rejects when it cannot be read. */
  readList(): Promise<string>;
  log: Log;
}

/** The list that is in force. */
interface ActiveList {
  policy: ContentPolicy;
  terms: number;
}

/** Creates the service with its first list. Rejects when the list cannot be used: a server with a policy must not start without it. */
export async function createPolicyService({ dialects, readList, log }: PolicyServiceDeps): Promise<PolicyService> {
  const isOn = new Set(dialects);
  let inForce = await load(readList);
  let reloads: Promise<unknown> = Promise.resolve();

  async function replace(): Promise<{ terms: number }> {
    try {
      inForce = await load(readList);
      log.info({ terms: inForce.terms }, 'content policy: the list was read again');
    } catch (error) {
      log.error({ err: error, terms: inForce.terms }, 'content policy: the list cannot be used, the old one stays in force');
    }
    return { terms: inForce.terms };
  }

  return {
    check: (dialect, text) => (isOn.has(dialect) ? inForce.policy.check(text) : { allowed: true }),
    reload() {
      // One after the other, so that the list of the last reload stays in force.
      const reloaded = reloads.then(replace);
      reloads = reloaded;
      return reloaded;
    },
  };
}

/** The list that comes with the server. */
const DEFAULT_FILE = join(import.meta.dirname, 'policy-terms.txt');

/** Larger than any list of words; stops the server from reading a huge file by a wrong path. */
const MAX_LIST_BYTES = 1024 * 1024;

/** The text of a list of terms. Rejects when the file cannot be read, is not UTF-8 text, or is larger than 1 MiB. */
export async function readPolicyList(file: string = DEFAULT_FILE): Promise<string> {
  const bytes = await readFile(file);
  if (bytes.length > MAX_LIST_BYTES) throw new Error(`the list of the content policy is larger than ${MAX_LIST_BYTES} bytes`);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (text.includes('\0')) throw new Error('the list of the content policy is not a text file');
  return text;
}

/** Throws `JobError('content-policy')` for a text that the policy refuses. */
export function requireAllowed(policy: Pick<PolicyService, 'check'>, dialect: DialectName, text: string): void {
  const verdict = policy.check(dialect, text);
  if (verdict.allowed) return;
  const message = 'The prompt holds a term that the content policy of this server does not allow';
  throw new JobError('content-policy', message, { facts: { term: verdict.term } });
}

async function load(readList: PolicyServiceDeps['readList']): Promise<ActiveList> {
  const terms = parsePolicyTerms(await readList());
  const policy = createContentPolicy({ terms });
  // An editor that is writing the file leaves it empty for a moment. An operator who wants no check switches the policy off.
  if (policy.size === 0) throw new Error('the list of the content policy holds no term');
  return { policy, terms: policy.size };
}
