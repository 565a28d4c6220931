import { Type, type Static, type TSchema } from 'typebox';

/** Schemas that several routes share. Each has a name, under which the OpenAPI document and the client's types know it. */

export const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

const Time = (description: string) => Type.String({ format: 'date-time', description });

export const DIALECTS = ['native', 'useapi', 'kie', 'linkr'] as const;
export const ENGINES = ['midjourney', 'suno', 'music-video'] as const;
export const STATUSES = ['queued', 'starting', 'started', 'progress', 'completed', 'failed', 'moderated', 'cancelled'] as const;

export const Dialect = Type.Enum(DIALECTS, { description: 'The wire format that a job came in by' });
export const Engine = Type.Enum(ENGINES, { description: 'What carries a job out' });
export const JobStatus = Type.Enum(STATUSES, { description: 'The last four are final' });

export const Button = Type.Object(
  {
    label: Type.String({ description: 'The text on it, or its emoji' }),
    customId: Type.String({ description: 'Tells buttons with one label apart' }),
  },
  { description: 'A button that a finished job offers: press it with a job of the verb `button`' },
);

export const JobAsset = Type.Object({
  id: Type.String(),
  role: Type.Enum(['grid', 'image', 'video', 'audio', 'cover'], { description: '`grid` is the 2×2 picture, `image` one picture' }),
  index: Type.Integer({ description: '1 to 4 for a picture cut from the grid' }),
  url: Type.String({ description: 'A signed link that needs no key; it ends at some time, and `GET /assets/{id}` gives a fresh one' }),
  contentType: Type.String(),
  filename: Type.String(),
  bytes: Type.Integer(),
  width: Type.Integer({ description: 'Pixels; 0 for sound' }),
  height: Type.Integer(),
});

const JobError = Type.Object({
  type: Type.String(),
  code: Type.String({ description: 'One of the codes of `GET /problems`' }),
  title: Type.String(),
  detail: Nullable(Type.String()),
  retryable: Type.Boolean({ description: 'The same request may succeed later without being changed' }),
});

export const Job = Type.Object(
  {
    id: Type.String(),
    dialect: Dialect,
    engine: Engine,
    verb: Type.String({ description: 'What is asked for' }),
    status: JobStatus,
    isFinal: Type.Boolean({ description: 'Nothing will change any more' }),
    progressPercent: Type.Integer({ minimum: 0, maximum: 100 }),
    input: Type.Record(Type.String(), Type.Unknown(), { description: 'The request, in the engine’s words' }),
    parentId: Nullable(Type.String({ description: 'The job whose result this one works on' })),
    accountId: Nullable(Type.String()),
    maxJobs: Nullable(Type.Integer()),
    callbackUrl: Nullable(Type.String()),
    reference: Nullable(Type.String({ description: 'What the request gave as `reference`' })),
    assets: Type.Array(JobAsset),
    buttons: Type.Array(Button),
    message: Nullable(Type.Object({ id: Type.String(), content: Type.String(), timestamp: Type.String() })),
    data: Type.Record(Type.String(), Type.Unknown(), {
      description: 'Facts of the engine: a seed, proposed prompts, the fields of `info`, the tracks of music, lyrics',
    }),
    error: Nullable(JobError),
    createdAt: Time('When it was accepted'),
    updatedAt: Time('When it last changed'),
    startedAt: Nullable(Time('When work on it began')),
    finishedAt: Nullable(Time('When it ended')),
    links: Type.Object({ self: Type.String(), events: Type.String(), deliveries: Type.String() }),
  },
  { $id: 'Job' },
);
export type Job = Static<typeof Job>;

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'A page about this kind of problem' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'One of the codes of `GET /problems`' }),
    retryable: Type.Boolean(),
    errors: Type.Optional(
      Type.Array(Type.Object({ in: Type.String(), path: Type.String({ description: 'JSON pointer' }), message: Type.String() })),
    ),
  },
  { $id: 'Problem', additionalProperties: true, description: 'RFC 9457; further members are facts of the problem' },
);

export const Delivery = Type.Object(
  {
    id: Type.String({ description: '`webhook-id` of every attempt' }),
    jobId: Type.String(),
    dialect: Dialect,
    url: Type.String(),
    state: Type.Enum(['pending', 'delivered', 'exhausted', 'stopped']),
    attemptCount: Type.Integer(),
    nextAttemptAt: Nullable(Type.String({ format: 'date-time' })),
    createdAt: Type.String({ format: 'date-time' }),
    updatedAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'Delivery' },
);

export const DeliveryDetails = Type.Object(
  {
    ...Delivery.properties,
    body: Type.String({ description: 'The exact text that is sent' }),
    attempts: Type.Array(
      Type.Object({
        number: Type.Integer(),
        startedAt: Type.String({ format: 'date-time' }),
        durationMs: Type.Integer(),
        outcome: Type.Enum(['delivered', 'refused', 'timeout', 'network', 'blocked']),
        status: Nullable(Type.Integer()),
        responseBody: Type.String({ description: 'Its first 1 024 characters' }),
        error: Nullable(Type.String()),
      }),
    ),
  },
  { $id: 'DeliveryDetails' },
);

export const Account = Type.Object(
  {
    id: Type.String({ description: 'The Discord channel' }),
    guildId: Type.String({ description: 'The Discord server; empty: a private channel' }),
    token: Type.String({ description: 'Its first and last three characters' }),
    maxJobs: Type.Integer(),
    executingJobs: Type.Integer({ description: 'Jobs that take or wait for one of its slots' }),
    pause: Nullable(
      Type.Object({ code: Type.String(), title: Type.String(), detail: Nullable(Type.String()), at: Type.String({ format: 'date-time' }) }),
    ),
    createdAt: Type.String({ format: 'date-time' }),
    updatedAt: Type.String({ format: 'date-time' }),
  },
  { $id: 'Account' },
);

const Limit = (description: string) => Nullable(Type.Integer({ minimum: 1, description: `${description}; null: no limit` }));

export const Limits = Type.Object(
  {
    requestsPerMinute: Limit('Requests in a minute'),
    jobsPerDay: Limit('Jobs accepted within any 24 hours'),
    runningJobs: Limit('Jobs that are queued or at work'),
  },
  { additionalProperties: false },
);

export const Key = Type.Object(
  {
    id: Type.String(),
    number: Type.Integer(),
    name: Type.String(),
    admin: Type.Boolean(),
    status: Type.Enum(['active', 'expired', 'suspended', 'revoked']),
    limits: Limits,
    createdAt: Type.String({ format: 'date-time' }),
    expiresAt: Nullable(Type.String({ format: 'date-time' })),
    suspendedAt: Nullable(Type.String({ format: 'date-time' })),
    revokedAt: Nullable(Type.String({ format: 'date-time' })),
  },
  { $id: 'Key' },
);

export const Asset = Type.Object(
  {
    id: Type.String(),
    jobId: Type.String(),
    url: Type.String(),
    contentType: Type.String(),
    filename: Type.String(),
    bytes: Type.Integer(),
    width: Type.Integer(),
    height: Type.Integer(),
    createdAt: Type.String({ format: 'date-time' }),
    expiresAt: Type.String({ format: 'date-time', description: 'When the file is removed' }),
  },
  { $id: 'Asset' },
);

/** What goes into the document as a component of its own. */
export const COMPONENTS: readonly TSchema[] = [Job, Problem, Delivery, DeliveryDetails, Account, Key, Asset];

export const toTime = (atMs: number): string => new Date(atMs).toISOString();
export const toTimeOrNull = (atMs: number | null): string | null => (atMs === null ? null : toTime(atMs));

const PROBLEM = { description: 'Problem details', content: { 'application/problem+json': { schema: Type.Ref('Problem') } } };

/** The answers of a route: these, and problem details for everything else. */
export const answers = <Answers extends Record<number, TSchema>>(given: Answers) => ({ ...given, '4xx': PROBLEM, '5xx': PROBLEM });

/** The result of a listing, newest first. */
export const page = (name: string) =>
  Type.Object({
    items: Type.Array(Type.Ref(name)),
    nextCursor: Nullable(Type.String({ description: 'Give it as `cursor` for the next page; null on the last one' })),
  });

export const PAGING = {
  cursor: Type.Optional(Type.String({ maxLength: 200, description: '`nextCursor` of the page before' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
};

const DEFAULT_LIMIT = 20;

/** A page of what `list` finds, and where the next one begins. One more is asked for than shown, to know whether there is one. */
export async function readPage<Item extends { id: string }, Body>(
  { cursor, limit = DEFAULT_LIMIT }: { cursor?: string; limit?: number },
  list: (paging: { cursor?: string; limit: number }) => Promise<Item[]>,
  toBody: (item: Item) => Body,
): Promise<{ items: Body[]; nextCursor: string | null }> {
  const found = await list({ limit: limit + 1, ...(cursor === undefined ? {} : { cursor }) });
  const shown = found.slice(0, limit);
  return { items: shown.map(toBody), nextCursor: found.length > limit ? (shown.at(-1)?.id ?? null) : null };
}
