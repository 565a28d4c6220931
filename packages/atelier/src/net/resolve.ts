import { promises as dns } from 'node:dns';

/** All addresses of a host name. Rejects if it has none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** Limit of concurrent lookups by the operating system: each blocks one of the few threads that pictures and files need too. */
const MAX_SYSTEM_LOOKUPS = 2;

/**
 * Asks the name servers directly, so that no thread waits for a name server that never answers. Asks the operating system for names that only it knows: single
 * labels and the hosts file.
 */
export function createResolve(): Resolve {
  const fromSystem = atMost(MAX_SYSTEM_LOOKUPS, async (hostname: string) => {
    const answers = await dns.lookup(hostname, { all: true, order: 'verbatim' });
    return answers.map((answer) => answer.address);
  });
  return async (hostname) => {
    if (!hostname.includes('.')) return fromSystem(hostname);
    const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 });
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    const unexpected = failures.find((failure) => !isNoAnswer(failure));
    if (unexpected !== undefined) throw unexpected;
    return fromSystem(hostname);
  };
}

/** True if the name servers do not know the name or cannot be reached: the hosts file may know it. */
const isNoAnswer = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA' || error.code === 'ECONNREFUSED');

/** The same function with at most `limit` calls at a time. Further calls wait. */
function atMost<Result>(limit: number, run: (text: string) => Promise<Result>): (text: string) => Promise<Result> {
  let running = 0;
  const waiting: Array<() => void> = [];
  return async (text) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await run(text);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
