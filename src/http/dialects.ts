import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { createContentPolicy, parsePolicyTerms, type ContentPolicy } from '../job/policy.ts';
import type { Dialect, DialectDeps } from './dialect.ts';
import { createKieDialect } from './dialects/kie/kie.ts';
import { createLinkrDialect } from './dialects/linkr/linkr.ts';
import { createUseapiDialect } from './dialects/useapi/useapi.ts';

type DialectSettings = Pick<Config, 'contentPolicyFile' | 'kieMirrorStatus' | 'kieRateLimit'>;

/** The window of the vendor's own limit. Source: kie.ai, "20 new generation requests per 10 s". */
const KIE_WINDOW_MS = 10_000;

/** Every dialect, as the settings want it. */
export async function createDialects(config: DialectSettings, deps: DialectDeps): Promise<Dialect[]> {
  const policy = await loadPolicy(config.contentPolicyFile);
  const rateLimit = config.kieRateLimit > 0 ? { max: config.kieRateLimit, windowMs: KIE_WINDOW_MS } : null;
  return [
    createUseapiDialect(deps),
    createKieDialect({ ...deps, options: { mirrorHttpStatus: config.kieMirrorStatus, rateLimit } }),
    createLinkrDialect({ ...deps, options: { policy } }),
  ];
}

const DEFAULT_POLICY_FILE = join(import.meta.dirname, '..', 'job', 'policy-terms.txt');

async function loadPolicy(file: string | undefined): Promise<ContentPolicy | null> {
  if (file === 'none') return null;
  return createContentPolicy({ terms: parsePolicyTerms(await readFile(file ?? DEFAULT_POLICY_FILE, 'utf8')) });
}
