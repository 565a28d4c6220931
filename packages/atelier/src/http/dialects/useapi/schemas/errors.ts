import { Type, type TSchema } from 'typebox';
import { pausedJob } from './job.ts';

/** The refusals of the manual: `{ error, errorDetails?, code }`, with the extra fields of each status. Source: useapi, responses. */

type Responses = Record<number, TSchema>;

function refusal(code: number, description: string, own: Record<string, TSchema> = {}): TSchema {
  return Type.Object(
    {
      error: Type.String({ description: 'What is wrong, in one line' }),
      errorDetails: Type.Optional(Type.String({ description: 'More about it' })),
      ...own,
      code: Type.Literal(code, { description: 'The HTTP status' }),
    },
    { additionalProperties: false, description },
  );
}

/** The job was made, and ended before it could be answered with 200. */
const endedJob = (code: number, status: 'failed' | 'moderated', description: string): TSchema =>
  refusal(code, description, {
    jobid: Type.String({ description: 'The job, to be read by GET jobs/?jobid=' }),
    status: Type.Literal(status),
  });

const either = (description: string, ...schemas: TSchema[]): TSchema => Type.Union(schemas, { description });

export const noContent = Type.Null({ description: 'Done' });

const UNAUTHORIZED = Type.Object(
  { error: Type.Literal('Unauthorized'), code: Type.Literal(401) },
  { additionalProperties: false, description: 'The API token is missing, malformed or unknown' },
);

const NO_SUBSCRIPTION = refusal(402, 'The API token has expired, or the Midjourney subscription has ended');

const SUSPENDED = refusal(403, 'The API token is suspended');

const TOO_MANY = refusal(
  429,
  'The API token has made its requests of this minute, or may have no more jobs; `Retry-After` says for how long',
);

const ALWAYS = (): Responses => ({
  401: UNAUTHORIZED,
  402: NO_SUBSCRIPTION,
  403: SUSPENDED,
  429: TOO_MANY,
  500: refusal(500, 'An error of this server'),
});

const WITH_BODY = (): Responses => ({
  ...ALWAYS(),
  400: refusal(400, '`<field> is missing`, `<field> is too long`, `<field> is not valid`, or a body that cannot be read'),
  413: refusal(413, 'The body is larger than 1 MiB'),
  415: refusal(415, 'The body is neither JSON nor a form'),
});

const LOCATE = refusal(404, '`Unable to locate job <jobid>`: no such job, or that of another API token');

const DISCORD_LIMIT = refusal(429, 'Discord refused `/interactions`; `errorDetails` is its answer as text. No job was made');
const CAPACITY = Type.Object(
  {
    error: Type.String({ description: '`Maximum of <maxJobs> jobs executing in parallel supported`' }),
    executingJobs: Type.Array(Type.String(), { description: 'Ids of the jobs that execute on the channel' }),
    code: Type.Literal(429),
  },
  { additionalProperties: false, description: 'The channel is full. No job was made' },
);

const paused = (advice: string): TSchema =>
  either('The Discord account is halted until it is reset', pausedJob, refusal(596, `Every later call, until ${advice}`));

/** jobs/imagine, jobs/blend, jobs/describe: refusals, and failures of the job before its POST is answered. */
export const newJobRefusals = (): Responses => ({
  ...WITH_BODY(),
  402: either('No subscription', NO_SUBSCRIPTION, endedJob(402, 'failed', 'Midjourney says that the subscription or the hours have ended')),
  422: either(
    'Midjourney refused',
    endedJob(422, 'moderated', "Title and text of Midjourney's message: content filter, or wrong parameters"),
    refusal(422, 'This `Idempotency-Key` was used with another body'),
  ),
  429: either('Too many', CAPACITY, DISCORD_LIMIT, TOO_MANY, endedJob(429, 'failed', 'Midjourney asks to slow down')),
  500: either('An error', refusal(500, 'An error of this server'), endedJob(500, 'failed', 'Midjourney or Discord failed')),
  504: endedJob(504, 'failed', '`Job queued`: Midjourney will run it, but it is not followed. Or Midjourney did not answer'),
  596: paused('POST account/midjourney/{channel}/reset'),
});

/** jobs/button. */
export const buttonRefusals = (): Responses => ({
  ...newJobRefusals(),
  404: LOCATE,
  409: Type.Object(
    {
      error: Type.String({ description: '`Button <U1 | U2 | U3 | U4> already executed by job <jobid>`' }),
      button: Type.String({ description: 'The button' }),
      jobid: Type.String({ description: 'The job that it made, to be read by GET jobs/?jobid=' }),
      code: Type.Literal(409),
    },
    { additionalProperties: false, description: 'U1–U4 have been pressed before' },
  ),
});

/** jobs/seed and jobs/seed_async: they take no slot. */
export const seedRefusals = (): Responses => ({
  ...newJobRefusals(),
  404: LOCATE,
  429: either('Too many', DISCORD_LIMIT, TOO_MANY, endedJob(429, 'failed', 'Midjourney asks to slow down')),
});

/** jobs/info and its siblings: 412 in place of 400, except for an unreadable body. */
export function commandRefusals(): Responses {
  const { 404: _parent, ...refusals } = seedRefusals();
  return {
    ...refusals,
    400: refusal(400, 'The body cannot be read'),
    412: refusal(412, '`discord, server or channel value is missing`, `<field> is too long`, `<field> is not valid`'),
  };
}

/** GET jobs/?jobid=, GET jobs/cancel/?jobid=. */
export const readRefusals = (): Responses => ({
  ...ALWAYS(),
  400: refusal(400, '`Query param jobid not provided`'),
  404: LOCATE,
});

const ACCOUNT: Record<403 | 404, TSchema> = {
  403: refusal(403, 'Only an admin key may change Midjourney accounts; or the API token is suspended'),
  404: refusal(404, '`Configuration not found for channel <channel>`'),
};

/** The pages under account. */
export const accountRefusals = (...others: (403 | 404)[]): Responses => ({
  ...WITH_BODY(),
  ...Object.fromEntries(others.map((status) => [status, ACCOUNT[status]])),
});

/** The same without the refusals of bodies. */
export function reading(responses: Responses): Responses {
  const { 400: _body, 413: _size, 415: _type, ...others } = responses;
  return others;
}
