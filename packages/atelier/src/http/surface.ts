/** What is where: the answer to `GET /`. */
export const SURFACE = {
  native: 'POST /jobs, GET /jobs/{jobId}, GET /jobs, GET /events, GET /deliveries, GET /me',
  useapi: 'POST /v2/jobs/imagine, GET /v2/jobs/?jobid=',
  kie: 'POST /api/v1/mj/generate, GET /api/v1/mj/record-info?taskId=, POST /api/v1/generate, POST /api/v1/mp4/generate',
  linkr: 'POST /v1/imagine, GET /v1/fetch/{task_id}',
  operations: 'GET /healthz, GET /readyz, GET /metrics',
  reference: 'GET /docs',
};

/** What callers of unknown paths were looking for. `$1` is what the first group has matched; the first row that fits counts. */
const GUESSES: readonly { method?: string; path: RegExp; meant: string }[] = [
  // Where other servers have their reference, health and figures.
  { path: /^\/(swagger|api-?docs?|redoc|documentation|reference|scalar)(-ui)?(\/|\.html|$)/, meant: 'GET /docs' },
  { path: /^\/(v\d\/)?(openapi|swagger)(\.json|\.ya?ml)$/, meant: 'GET /openapi/native.json' },
  { path: /^\/openapi(\/.*)?$/, meant: 'GET /openapi/native.json, or that of useapi, kie or linkr' },
  { path: /^\/(api\/)?(health|healthcheck|health-check|ping|status|live|livez|up)$/, meant: 'GET /healthz' },
  { path: /^\/(ready|readiness)$/, meant: 'GET /readyz' },
  { path: /^\/(prometheus|stats|metrics\/.*)$/, meant: 'GET /metrics' },
  // Our own pages, asked with another method or under another name.
  { method: 'GET', path: /^\/(?:api\/)?jobs\/([^/]+)\/cancel$/, meant: 'POST /jobs/$1/cancel' },
  { method: 'DELETE', path: /^\/(?:api\/)?jobs\/([^/]+)$/, meant: 'POST /jobs/$1/cancel' },
  { path: /^\/jobs\/([^/]+)\/(?:stream|sse|watch)$/, meant: 'GET /jobs/$1/events' },
  { path: /^\/jobs\/([^/]+)\/(?:callbacks|webhooks)$/, meant: 'GET /jobs/$1/deliveries' },
  { path: /^\/jobs\/([^/]+)\/(?:status|result|results)$/, meant: 'GET /jobs/$1' },
  {
    path: /^\/(?:api\/)?(?:v\d\/)?jobs\/(imagine|button|blend|describe|shorten|info|settings|relax|fast|turbo|variability|remix|seed)$/,
    meant: 'POST /jobs with "verb": "$1" (useapi: POST /v2/jobs/$1)',
  },
  { path: /^\/(?:api\/)?(?:v\d\/)?jobs\/(music|lyrics|wav|music-video)$/, meant: 'POST /jobs with "verb": "$1"' },
  { path: /^\/(?:api\/)?(?:v\d\/)?(?:jobs\/)?(?:mp4|video|music-?video)$/, meant: 'POST /jobs with "verb": "music-video"' },
  { path: /^\/(?:api\/)?(?:v\d\/)?(?:suno|music|songs?)(?:\/(?:generate|create))?$/, meant: 'POST /jobs with "verb": "music"' },
  { path: /^\/(?:api\/)?(?:v\d\/)?jobs\/(?:upscale|vary|variation|action)$/, meant: 'POST /jobs with "verb": "button"' },
  { method: 'POST', path: /^\/(?:api\/)?(?:v\d\/)?jobs?$/, meant: 'POST /jobs' },
  { method: 'GET', path: /^\/(?:api\/)?(?:v\d\/)?jobs?$/, meant: 'GET /jobs' },
  { path: /^\/(?:api\/)?(?:v\d\/)?(?:jobs?|tasks?)\/([^/]+)$/, meant: 'GET /jobs/$1' },
  { path: /^\/(?:api\/)?(?:v\d\/)?tasks?$/, meant: 'GET /jobs' },
  { path: /^\/(?:api\/)?(?:v\d\/)?(callbacks|webhooks|delivery)(\/|$)/, meant: 'GET /deliveries' },
  { path: /^\/(?:api\/)?(?:v\d\/)?(?:api-?keys?|tokens?|key)(?:\/|$)/, meant: 'GET /keys' },
  { path: /^\/(?:api\/)?(?:v\d\/)?(?:account|account\/midjourney)(?:\/|$)/, meant: 'GET /accounts (useapi: GET /v2/account/midjourney)' },
  { path: /^\/(?:api\/)?(?:v\d\/)?(?:user|whoami|profile|users\/me)$/, meant: 'GET /me' },
  { path: /^\/(?:api\/)?(?:v\d\/)?(?:stream|sse|ws|events)(?:\/|$)/, meant: 'GET /events' },
  { method: 'GET', path: /^\/(?:api\/)?(?:v\d\/)?(?:files?|images?|assets?|media)\/([^/]+)$/, meant: 'GET /assets/$1' },
  // Other proxies of Midjourney, and what one would write without having read anything.
  { path: /^\/mj(?:-\w+)?\/task\/([^/]+)\/fetch$/, meant: 'GET /jobs/$1' },
  {
    path: /^\/(?:mj(?:-\w+)?\/submit|midjourney|mj|api)\/(?:v\d\/)?(?:action|change|modal|upscale|button)$/,
    meant: 'POST /jobs with "verb": "button"',
  },
  { path: /^\/mj(?:-\w+)?\/submit\/(imagine|blend|describe|shorten)$/, meant: 'POST /jobs with "verb": "$1"' },
  {
    path: /(?:^|\/)(imagine|generate|generations?|create|text2image|txt2img|txt2image|predictions?|draw)$/,
    meant: 'POST /jobs with "verb": "imagine"',
  },
  { path: /^\/(?:api\/)?(?:mj|midjourney)\/(blend|describe|shorten|info)$/, meant: 'POST /jobs with "verb": "$1"' },
  { path: /^\/(?:api|v\d)\/?$/, meant: 'GET /' },
];

/** The route that whoever asked for this probably meant, or undefined. */
export function nearestRoute(method: string, path: string): string | undefined {
  const asked = path.length > 1 ? path.replace(/\/+$/, '') : path;
  for (const guess of GUESSES) {
    if (guess.method !== undefined && guess.method !== method) continue;
    const found = guess.path.exec(asked);
    if (found) return guess.meant.replaceAll('$1', (found[1] ?? '').slice(0, 100));
  }
  return undefined;
}
