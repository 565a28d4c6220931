/** The routes of each dialect in one line: the answer to `GET /`. */
export const SURFACE = {
  native: 'POST /jobs, GET /jobs/{jobId}, GET /jobs, GET /events, GET /deliveries, GET /me',
  useapi: 'POST /v2/jobs/imagine, GET /v2/jobs/?jobid=',
  kie: 'POST /api/v1/mj/generate, GET /api/v1/mj/record-info?taskId=, POST /api/v1/generate, POST /api/v1/mp4/generate',
  linkr: 'POST /v1/imagine, GET /v1/fetch/{task_id}',
  operations: 'GET /healthz, GET /readyz, GET /metrics',
  reference: 'GET /docs',
};

/** Words that callers put into a path, and the routes that exist for them. `{after}` and `{before}` are the path's segment next to the word. */
interface RouteHint {
  words: readonly string[];
  /** For a GET that names one record. */
  one?: string;
  /** For a GET that names no record. */
  all?: string;
  /** For POST, PUT and PATCH. `{word}` is the word itself. */
  make?: string;
  /** For DELETE. */
  end?: string;
}

const JOB = 'GET /jobs/{after}';
const makes = (verb: string): string => `POST /jobs with "verb": "${verb}"`;

/** The first row with a word of the path counts, so that `/jobs/imagine` is about `imagine`. */
const HINTS: readonly RouteHint[] = [
  { words: ['swagger', 'swagger-ui', 'api-docs', 'apidocs', 'redoc', 'documentation', 'reference', 'scalar'], all: 'GET /docs' },
  { words: ['openapi', 'openapi.json', 'openapi.yaml', 'swagger.json', 'swagger.yaml'], all: 'GET /openapi/native.json' },
  { words: ['health', 'healthcheck', 'health-check', 'ping', 'live', 'livez', 'up'], all: 'GET /healthz' },
  { words: ['ready', 'readiness'], all: 'GET /readyz' },
  { words: ['prometheus', 'stats'], all: 'GET /metrics' },
  { words: ['cancel'], all: 'POST /jobs/{before}/cancel' },
  { words: ['events', 'stream', 'sse', 'watch'], one: 'GET /jobs/{before}/events', all: 'GET /events' },
  { words: ['deliveries', 'delivery', 'callbacks', 'webhooks'], one: 'GET /jobs/{before}/deliveries', all: 'GET /deliveries' },
  { words: ['upscale', 'vary', 'variation', 'action', 'change', 'modal'], one: JOB, make: makes('button') },
  { words: ['imagine', 'button', 'blend', 'describe', 'shorten', 'info', 'settings', 'seed'], one: JOB, make: makes('{word}') },
  { words: ['relax', 'fast', 'turbo', 'variability', 'remix'], make: makes('{word}') },
  { words: ['music-video', 'musicvideo', 'mp4', 'video'], one: JOB, make: makes('music-video') },
  { words: ['lyrics', 'wav'], one: JOB, make: makes('{word}') },
  { words: ['music', 'suno', 'song', 'songs'], one: JOB, make: makes('music') },
  { words: ['generate', 'generation', 'generations', 'create', 'txt2img', 'text2image', 'draw'], one: JOB, make: makes('imagine') },
  { words: ['jobs', 'tasks'], one: JOB, all: 'GET /jobs', make: 'POST /jobs', end: 'POST /jobs/{after}/cancel' },
  { words: ['job', 'task'], one: JOB, all: 'GET /jobs/{jobId}', make: 'POST /jobs', end: 'POST /jobs/{after}/cancel' },
  { words: ['predictions', 'prediction'], one: JOB, all: 'GET /jobs', make: makes('imagine') },
  { words: ['status', 'result', 'fetch', 'query', 'record', 'record-info'], one: JOB, all: 'GET /jobs/{jobId}' },
  { words: ['accounts', 'account'], all: 'GET /accounts (useapi: GET /v2/account/midjourney)' },
  { words: ['api-keys', 'apikeys', 'api-key', 'tokens', 'token', 'key'], all: 'GET /keys' },
  { words: ['user', 'users', 'whoami', 'profile'], all: 'GET /me' },
  { words: ['files', 'file', 'images', 'image', 'media'], one: 'GET /assets/{after}' },
];

/** The pages of useapi that the native API has as verbs: `/jobs/imagine` may have been meant for either. */
const USEAPI_PAGE = /^(imagine|button|blend|describe|info|settings|relax|fast|turbo|variability|remix|seed)$/;
/** Segments that say nothing about the route. */
const PREFIX = /^(api|v\d|mj(-\w+)?|midjourney|submit)$/;
const MAX_SEGMENTS = 8;
const MAX_ID_LENGTH = 100;

const WORDS: ReadonlySet<string> = new Set(HINTS.flatMap(({ words }) => words));

/** The route of this server that a request to an unknown path probably meant, or undefined. A GET of a record gets the GET route that reads it. */
export function nearestRoute(method: string, path: string): string | undefined {
  const segments = path.split('/', MAX_SEGMENTS + 2).filter((segment) => segment !== '');
  if (segments.length > MAX_SEGMENTS) return undefined;
  const words = segments.map((segment) => segment.toLowerCase());
  const hint = HINTS.find((row) => row.words.some((word) => words.includes(word)));
  if (!hint) return segments.length > 0 && words.every((word) => PREFIX.test(word)) ? 'GET /' : undefined;
  const at = words.findIndex((word) => hint.words.includes(word));
  const word = words[at] ?? '';
  const [before, after] = [at - 1, at + 1].map((index) => (isId(words[index]) ? segments[index]?.slice(0, MAX_ID_LENGTH) : undefined));
  const fill = (route: string | undefined): string | undefined => {
    const isFull = (!route?.includes('{before}') || before !== undefined) && (!route?.includes('{after}') || after !== undefined);
    return isFull ? route?.replace(/\{(word|before|after)\}/, (_all, name) => ({ word, before, after })[name as 'word'] ?? '') : undefined;
  };
  const read = fill(hint.one) ?? fill(hint.all) ?? hint.all?.replace('{before}', '{jobId}');
  const verbPage = words[at - 1] === 'jobs' && USEAPI_PAGE.test(word) ? ` (useapi: POST /v2/jobs/${word})` : '';
  const make = hint.make === undefined ? undefined : `${fill(hint.make)}${verbPage}`;
  if (method === 'DELETE') return fill(hint.end) ?? read ?? make;
  return method === 'GET' || method === 'HEAD' ? (read ?? make) : (make ?? read);
}

/** Whether a segment can be the id of a record. */
const isId = (segment: string | undefined): boolean => segment !== undefined && !WORDS.has(segment) && !PREFIX.test(segment);
