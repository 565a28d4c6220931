/** An answer of the REST interface that is not a success. */
export interface RestError {
  status: number;
  /** A text for answers that a server before Discord gives. */
  body: object | string;
  headers?: Record<string, string>;
}

const plain = (status: number, code: number, message: string): RestError => ({ status, body: { message, code } });

/** Discord's errors in its own words. Source: discord-api-docs, error codes; discord-userdoccers, errors. */
export const REST_ERRORS = {
  unauthorized: plain(401, 0, '401: Unauthorized'),
  notFound: plain(404, 0, '404: Not Found'),
  unknownChannel: plain(404, 10003, 'Unknown Channel'),
  unknownGuild: plain(404, 10004, 'Unknown Guild'),
  unknownIntegration: plain(404, 10005, 'Unknown Integration'),
  unknownMessage: plain(404, 10008, 'Unknown Message'),
  unknownUser: plain(404, 10013, 'Unknown User'),
  unknownInteraction: plain(404, 10062, 'Unknown interaction'),
  unknownCommand: plain(404, 10063, 'Unknown application command'),
  missingAccess: plain(403, 50001, 'Missing Access'),
  missingPermissions: plain(403, 50013, 'Missing Permissions'),
  accountUnauthorized: plain(403, 40001, 'Unauthorized. Provide a valid token and try again'),
  verificationRequired: plain(403, 40002, 'You need to verify your account in order to perform this action.'),
  slowMode: plain(403, 20016, 'This action cannot be performed due to slowmode rate limit'),
  writeRate: plain(403, 20028, 'The channel you are writing has hit the write rate limit'),
  /** Cloudflare blocks the address for some minutes. Source: discord-userdoccers, errors. */
  networkBlocked: plain(403, 40333, 'internal network error'),
  /** Cloudflare's own limit, which answers without a word of Discord's. Source: discord-userdoccers, errors. */
  cloudflare1015: {
    status: 429,
    body: 'error code: 1015',
    headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare', 'cf-ray': '8f0c0ffee0c0ffee-FRA' },
  },
  abuseBlocked: plain(403, 10008, 'Unknown Message'),
  captcha: {
    status: 400,
    body: { captcha_key: ['captcha-required'], captcha_sitekey: 'simulator', captcha_service: 'hcaptcha' },
  },
  invalidPermissions: invalidForm(
    ['data'],
    'INTERACTION_APPLICATION_COMMAND_INVALID_PERMISSIONS',
    'You do not have permission to use this command',
  ),
  emptyMessage: plain(400, 50006, 'Cannot send an empty message'),
  tooLarge: plain(413, 40005, 'Request entity too large'),
  malformed: plain(400, 50109, 'The request body contains invalid JSON.'),
  serverError: { status: 500, body: { message: '500: Internal Server Error', code: 0 } },
  /** The proxy before Discord answers with a page. Source: discord-api-docs, error codes, 5xx and 52x. */
  badGateway: { status: 502, body: '<html><body><h1>502 Bad Gateway</h1></body></html>', headers: { 'content-type': 'text/html' } },
} as const satisfies Record<string, RestError>;

/** 50035: one wrong field; `path` names it, from the root of the body. */
export function invalidForm(path: readonly string[], code: string, message: string): RestError {
  const errors = path.toReversed().reduce<object>((inner, key) => ({ [key]: inner }), { _errors: [{ code, message }] });
  return { status: 400, body: { message: 'Invalid Form Body', code: 50035, errors } };
}

export const required = (...path: string[]): RestError => invalidForm(path, 'BASE_TYPE_REQUIRED', 'This field is required');

export const outdatedCommand: RestError = invalidForm(
  ['data'],
  'INTERACTION_APPLICATION_COMMAND_INVALID_VERSION',
  'This command is outdated, please try again in a few minutes',
);

export type RateLimitScope = 'user' | 'global' | 'shared';

/** User tokens get these headers only. Source: discord-userdoccers, rate limits. */
export function rateLimited(retryAfterMs: number, scope: RateLimitScope): RestError {
  const message = scope === 'shared' ? 'The resource is being rate limited.' : 'You are being rate limited.';
  return {
    status: 429,
    body: { message, retry_after: retryAfterMs / 1_000, global: scope === 'global' },
    headers: {
      'retry-after': String(Math.ceil(retryAfterMs / 1_000)),
      'x-ratelimit-scope': scope,
      ...(scope === 'global' ? { 'x-ratelimit-global': 'true' } : {}),
    },
  };
}
