import { promises as dns } from 'node:dns';

/** All addresses of a host name; rejects when it has none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

/** How many names may be asked of the operating system at once: its resolver blocks a thread of the few that pictures and files need too. */
const MAX_SYSTEM_LOOKUPS = 2;

/**
 * Asks the name servers directly (no thread waits for a name server that never answers), and the operating system for names
 * that only it knows: single labels and the hosts file.
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

/** Whether the name servers do not know the name, or there are none: then the hosts file may. */
const isNoAnswer = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA' || error.code === 'ECONNREFUSED');

/** The same function, running at most `limit` times at once; further calls wait their turn. */
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
