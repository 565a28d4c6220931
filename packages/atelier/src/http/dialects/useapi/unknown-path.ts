import { STATUS, type ErrorReply } from './errors.ts';

/** Methods of each path, named in the answer to another method. */
const METHODS: Record<string, string> = {
  'jobs/imagine': 'POST',
  'jobs/button': 'POST',
  'jobs/blend': 'POST',
  'jobs/describe': 'POST',
  'jobs/info': 'POST',
  'jobs/relax': 'POST',
  'jobs/fast': 'POST',
  'jobs/turbo': 'POST',
  'jobs/variability': 'POST',
  'jobs/remix': 'POST',
  'jobs/seed': 'POST',
  'jobs/seed_async': 'POST',
  'jobs/cancel': 'GET',
  jobs: 'GET',
  account: 'GET or POST',
  'account/midjourney': 'GET or POST',
};

const READ_JOB = 'GET jobs/?jobid=<jobid>';
const CANCEL_JOB = 'GET jobs/cancel/?jobid=<jobid>';

/** Wrong paths of clients, and the right ones. Source: useapi, client programs, v3 has paths that v2 never had. */
const GUESSES: readonly { method?: string; path: RegExp; use: string }[] = [
  { method: 'DELETE', path: /^jobs\b/, use: CANCEL_JOB },
  { path: /^jobs\/cancel\b/, use: CANCEL_JOB },
  { path: /^(jobs|midjourney\/jobs)\/(job:|job%3a)/i, use: READ_JOB },
  { method: 'GET', path: /^(?:midjourney\/)?jobs\/[^/]*\d[^/]*$/, use: READ_JOB },
  {
    path: /^midjourney\/(?:jobs\/)?(imagine|button|blend|describe|info|relax|fast|turbo|variability|remix|seed|seed_async)$/,
    use: 'POST jobs/$1',
  },
  { path: /^(imagine|button|blend|describe|info|relax|fast|turbo|variability|remix|seed|seed_async)$/, use: 'POST jobs/$1' },
  { path: /^(?:midjourney\/)?jobs\/(?:upscale|variation|vary|zoom|pan|action)\b/, use: 'POST jobs/button' },
  { path: /^jobs\/(?:status|fetch|result|get)\b/, use: READ_JOB },
  { path: /^accounts?\/?(?:midjourney\/)?(\d+)$/, use: 'GET account/midjourney/$1' },
];

/** A 404 that names the right path if it is known; undefined for paths outside this dialect. */
export function answerUnknownPath(method: string, path: string): ErrorReply | undefined {
  const match = /^\/(?:v2(?:\/|$)|v1\/(?=jobs|account))(.*)$/.exec(path);
  if (!match) return undefined;
  const tail = (match[1] ?? '').replace(/\/+$/, '');
  const advice = adviceFor(method, tail);
  const error = `${method} ${path} not found${advice === undefined ? '' : `, use ${advice}`}`;
  return { status: STATUS['route-not-found'], body: { error, code: STATUS['route-not-found'] } };
}

function adviceFor(method: string, tail: string): string | undefined {
  for (const guess of GUESSES) {
    const found = guess.path.exec(tail);
    if (found && (guess.method === undefined || guess.method === method)) return guess.use.replace('$1', found[1] ?? '');
  }
  const known = Object.hasOwn(METHODS, tail) ? METHODS[tail] : undefined;
  return known === undefined ? undefined : `${known} ${tail}`;
}
