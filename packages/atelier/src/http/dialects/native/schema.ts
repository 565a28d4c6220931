import { Type, type Static, type TSchema } from 'typebox';
import { DIALECT_NAMES, ENGINE_NAMES, JOB_STATUSES } from '../../../core/job.ts';
import { MAX_QUEUE_POSITION } from '../../../core/store.ts';

/**
 * Schemas that several routes share. A schema with an `$id` becomes a component of the OpenAPI document, and a named type of the client, wherever it
 * is used.
 */

export const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

const Time = (description?: string) => Type.String({ format: 'date-time', ...(description !== undefined && { description }) });

export const Dialect = Type.Enum(DIALECT_NAMES, { $id: 'Dialect', description: 'The wire format of the request that made the job' });
export const Engine = Type.Enum(ENGINE_NAMES, { $id: 'Engine', description: 'The part of the server that runs the job' });
export const JobStatus = Type.Enum(JOB_STATUSES, { $id: 'JobStatus', description: 'The last four are final' });

const Button = Type.Object(
  {
    label: Type.String({ description: 'Its text or its emoji' }),
    customId: Type.String({ description: 'Tells buttons with the same label apart' }),
  },
  { $id: 'Button', description: 'A button that a finished job offers: press it with a job of the verb `button`' },
);

const JobAsset = Type.Object(
  {
    id: Type.String(),
    role: Type.Enum(['grid', 'image', 'video', 'audio', 'cover'], { description: '`grid` is the 2×2 picture, `image` one picture' }),
    index: Type.Integer({ description: '1 to 4 for a picture cut from the grid' }),
    url: Type.String({ description: 'A signed link that needs no key. It expires; `GET /assets/{id}` returns a fresh one' }),
    contentType: Type.String(),
    filename: Type.String(),
    bytes: Type.Integer(),
    width: Type.Integer({ description: 'Pixels; 0 for sound' }),
    height: Type.Integer(),
  },
  { $id: 'JobAsset' },
);

const JobFailure = Type.Object(
  {
    type: Type.String(),
    code: Type.String({ description: 'One of the codes of `GET /problems`' }),
    title: Type.String(),
    detail: Nullable(Type.String()),
    retryable: Type.Boolean({ description: 'The same request may succeed later without a change' }),
  },
  { $id: 'JobFailure' },
);

const Message = Nullable(Type.Object({ id: Type.String(), content: Type.String(), timestamp: Type.String() }));
const Data = Type.Record(Type.String(), Type.Unknown(), {
  description: 'Facts of the engine: a seed, proposed prompts, the fields of `info`, the tracks of music, lyrics',
});

const BatchJob = Type.Object(
  { id: Type.String(), status: JobStatus, prompt: Type.String() },
  { $id: 'BatchJob', description: 'One job of a prompt that stands for several. Its callback comes under its own id' },
);

const LateResult = Type.Object(
  { assets: Type.Array(JobAsset), buttons: Type.Array(Button), message: Message, data: Data, at: Time('When it came') },
  {
    $id: 'LateResult',
    description: 'A result that came after the job had ended without one: status and error stay, and the buttons can be pressed',
  },
);

const Job = Type.Object(
  {
    id: Type.String(),
    dialect: Dialect,
    engine: Engine,
    verb: Type.String({ description: 'The kind of work: `imagine`, `button`, `music`, …' }),
    status: JobStatus,
    isFinal: Type.Boolean({ description: 'True: the job does not change any more' }),
    progressPercent: Type.Integer({ minimum: 0, maximum: 100 }),
    input: Type.Record(Type.String(), Type.Unknown(), { description: 'The request, in the engine’s words' }),
    parentId: Nullable(Type.String({ description: 'The job that made the result that this job works on' })),
    batchId: Nullable(
      Type.String({
        description: 'The parent of this job and of the other jobs of its prompt (`{a, b}`, `--repeat`). It is read like a job',
      }),
    ),
    children: Type.Array(BatchJob),
    queuePosition: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_QUEUE_POSITION,
        description: `1: the next job. ${MAX_QUEUE_POSITION}: this place or a later one. Only in the answers about one queued job`,
      }),
    ),
    accountId: Nullable(Type.String()),
    maxJobs: Nullable(Type.Integer()),
    callbackUrl: Nullable(Type.String()),
    reference: Nullable(Type.String({ description: 'The `reference` of the request' })),
    assets: Type.Array(JobAsset),
    buttons: Type.Array(Button),
    message: Message,
    data: Data,
    error: Nullable(JobFailure),
    lateResult: Nullable(LateResult),
    createdAt: Time('When the request was accepted'),
    updatedAt: Time('When the job last changed'),
    startedAt: Nullable(Time('When an engine started it')),
    finishedAt: Nullable(Time('When it reached a final status')),
    links: Type.Object({ self: Type.String(), events: Type.String(), deliveries: Type.String() }),
  },
  { $id: 'Job' },
);
export type JobBody = Static<typeof Job>;

const Problem = Type.Object(
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
    nextAttemptAt: Nullable(Time()),
    createdAt: Time(),
    updatedAt: Time(),
  },
  { $id: 'Delivery' },
);

const Attempt = Type.Object(
  {
    number: Type.Integer(),
    startedAt: Time(),
    durationMs: Type.Integer(),
    outcome: Type.Enum(['delivered', 'refused', 'timeout', 'network', 'blocked']),
    status: Nullable(Type.Integer()),
    responseBody: Type.String({ description: 'Its first 1 024 characters' }),
    error: Nullable(Type.String()),
  },
  { $id: 'Attempt' },
);

const DeliveryDetails = Type.Intersect(
  [
    Type.Ref('Delivery'),
    Type.Object({ body: Type.String({ description: 'The exact text of each attempt' }), attempts: Type.Array(Attempt) }),
  ],
  { $id: 'DeliveryDetails' },
);

const Account = Type.Object(
  {
    id: Type.String({ description: 'The Discord channel' }),
    guildId: Type.String({ description: 'The Discord server; empty: a private channel' }),
    token: Type.String({ description: 'Its first and last three characters' }),
    maxJobs: Type.Integer(),
    executingJobs: Type.Integer({ description: 'Jobs that occupy or wait for one of its slots' }),
    status: Type.Enum(['active', 'held', 'paused'], {
      description: '`active` takes jobs; `held` lets them wait and is active again by itself; `paused` waits for its reset',
    }),
    hold: Nullable(Type.Object({ code: Type.String(), reason: Type.String(), since: Time(), until: Time('When its jobs start again') })),
    pause: Nullable(Type.Object({ code: Type.String(), title: Type.String(), detail: Nullable(Type.String()), at: Time() })),
    startedJobs: Type.Integer({ description: 'Jobs that it has started in the last 24 hours' }),
    jobsPerDay: Nullable(
      Type.Integer({ description: 'How many it may start within any 24 hours, `ACCOUNT_JOBS_PER_DAY`; null: no limit' }),
    ),
    jobIntervalMs: Type.Integer({ description: 'Least milliseconds between two starts, `ACCOUNT_JOB_INTERVAL`' }),
    createdAt: Time(),
    updatedAt: Time(),
  },
  { $id: 'Account' },
);

const Limit = (description: string) => Nullable(Type.Integer({ minimum: 1, description: `${description}; null: no limit` }));

export const Limits = Type.Object(
  {
    requestsPerMinute: Limit('Requests in a minute'),
    jobsPerDay: Limit('Jobs accepted within any 24 hours'),
    runningJobs: Limit('Jobs that are not final'),
  },
  { $id: 'KeyLimits', additionalProperties: false },
);

const Key = Type.Object(
  {
    id: Type.String(),
    number: Type.Integer(),
    name: Type.String(),
    admin: Type.Boolean(),
    status: Type.Enum(['active', 'expired', 'suspended', 'revoked']),
    limits: Limits,
    createdAt: Time(),
    expiresAt: Nullable(Time()),
    suspendedAt: Nullable(Time()),
    revokedAt: Nullable(Time()),
  },
  { $id: 'Key' },
);

const KeyWithSecret = Type.Intersect(
  [Type.Ref('Key'), Type.Object({ secret: Type.String({ description: 'For `Authorization: Bearer …`' }) })],
  { $id: 'KeyWithSecret' },
);

const Asset = Type.Object(
  {
    id: Type.String(),
    jobId: Type.String(),
    url: Type.String(),
    contentType: Type.String(),
    filename: Type.String(),
    bytes: Type.Integer(),
    width: Type.Integer(),
    height: Type.Integer(),
    createdAt: Time(),
    expiresAt: Time('When the file is removed'),
  },
  { $id: 'Asset' },
);

/** One page of a listing, newest first. */
const page = (item: string) =>
  Type.Object(
    {
      items: Type.Array(Type.Ref(item)),
      nextCursor: Nullable(Type.String({ description: 'The `cursor` of the next page; null on the last page' })),
    },
    { $id: `${item}Page` },
  );

const ProblemKind = Type.Object(
  {
    type: Type.String(),
    code: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    retryable: Type.Boolean({ description: 'The same request may succeed later without a change' }),
  },
  { $id: 'ProblemKind' },
);

/** The components that routes name with `Type.Ref`. */
export const COMPONENTS: readonly TSchema[] = [
  Job,
  page('Job'),
  Problem,
  ProblemKind,
  Delivery,
  page('Delivery'),
  DeliveryDetails,
  Account,
  Key,
  KeyWithSecret,
  Asset,
];

export const toTime = (atMs: number): string => new Date(atMs).toISOString();
export const toTimeOrNull = (atMs: number | null): string | null => (atMs === null ? null : toTime(atMs));

const PROBLEM = { description: 'Problem details', content: { 'application/problem+json': { schema: Type.Ref('Problem') } } };

/** The answers of a route: these, and problem details for every other status. */
export const answers = <Answers extends Record<number, TSchema>>(given: Answers) => ({ ...given, '4xx': PROBLEM, '5xx': PROBLEM });
