import { JobError } from '../../../../core/errors.ts';
import { requireAllowed } from '../../../../policy/policy-service.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { DialectDeps } from '../../../dialect.ts';
import type { Tasks } from '../tasks.ts';
import type { SunoVendor } from './vendor.ts';

/** What the Suno pages are given. */
export interface SunoPages extends Pick<DialectDeps, 'links' | 'checkUrl' | 'policy' | 'suno'> {
  tasks: Tasks;
  vendor: SunoVendor;
  /** What `chat/credit` says while Suno is simulated. */
  creditBalance: number;
}

/** The refusal of what the simulator cannot do. */
export const needsVendor = (): JobError =>
  new JobError(
    'not-configured',
    'Only Suno itself can do this: set SUNO_UPSTREAM to the URL of a Suno API (such as https://api.kie.ai) and SUNO_API_KEY to its key',
  );

/** Texts that come from the caller's pen. */
const AUTHORED = ['prompt', 'lyrics', 'fullLyrics', 'style', 'title', 'tags', 'content', 'name', 'description'];

/** Throws `JobError('content-policy')` when one of these texts may not be sent on. */
export function requireAllowedTexts({ policy }: Pick<SunoPages, 'policy'>, request: JsonObject): void {
  for (const field of AUTHORED) {
    const text = request[field];
    if (typeof text === 'string') requireAllowed(policy, 'kie', text);
  }
}
