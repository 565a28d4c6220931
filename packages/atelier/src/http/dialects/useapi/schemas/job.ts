import { Type, type TSchema } from 'typebox';
import { ALL_BUTTONS } from '../buttons.ts';
import type { WireStatus } from '../job-body.ts';

/** The job object of v2, field by field, and the form that each page shows of it. Source: useapi, jobs/?jobid, `status` and fields; useapi,
 * jobs/button; useapi, jobs/info. */

const text = (description: string): TSchema => Type.String({ description });
const instant = (description: string): TSchema =>
  Type.String({ format: 'date-time', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$', description });
/** One of these words. */
export const oneOf = (values: readonly string[], description: string): TSchema => Type.Enum([...values], { type: 'string', description });
const statusIn = (...statuses: WireStatus[]): TSchema => oneOf(statuses, 'Where the job stands');

const VERBS = ['imagine', 'button', 'blend', 'describe', 'info', 'relax', 'fast', 'turbo', 'variability', 'remix', 'seed', 'seed_async'];

const attachment = Type.Object(
  {
    url: text('Signed link to the file on this server; it outlives the link of Discord'),
    proxy_url: text('The same link'),
    width: Type.Integer({ description: 'Pixels' }),
    height: Type.Integer({ description: 'Pixels' }),
    content_type: text('`image/png`, `image/webp`, `video/mp4`, …'),
    id: text('Id of the file'),
    filename: text('Name of the file, the last part of the link'),
    size: Type.Integer({ description: 'Bytes' }),
  },
  { additionalProperties: false },
);

/** Passed through from Discord: the vendor lists some fields, and shows others. */
const embed = Type.Object(
  {
    type: Type.Optional(text('Kind of embed: `rich`')),
    title: Type.Optional(text('Its heading')),
    description: Type.Optional(text('Its text')),
    color: Type.Optional(Type.Integer({ description: 'Colour of its edge: 16711680 is an error, 16776960 a warning' })),
    image: Type.Optional(
      Type.Object({
        url: Type.String(),
        proxy_url: Type.Optional(Type.String()),
        width: Type.Optional(Type.Integer()),
        height: Type.Optional(Type.Integer()),
      }),
    ),
  },
  { description: 'An embed of the Discord message, as received' },
);

const child = Type.Object(
  {
    button: text('The button that was pressed'),
    jobid: text('The job that it made'),
    messageId: text("Id of that job's Discord message"),
  },
  { additionalProperties: false },
);

/** Every field of a job of any verb. */
const FIELDS = {
  jobid: text('Id of the job: for GET jobs/?jobid= and for jobs/button. The part before the first `-` is unique, too'),
  parentJobId: text('The finished job that this one works on'),
  verb: oneOf(VERBS, 'What was asked for'),
  status: statusIn('created', 'started', 'progress', 'completed', 'moderated', 'failed', 'cancelled'),
  created: instant('When the job was accepted, UTC'),
  updated: instant('When it last changed, UTC; a button pressed under it counts'),
  prompt: text('The prompt as it was sent'),
  blendUrls: Type.Array(Type.String(), { description: 'The pictures that are blended' }),
  blendDimensions: oneOf(['Portrait', 'Square', 'Landscape'], 'Shape of the blended picture'),
  describeUrl: text('The picture that is described'),
  button: oneOf(ALL_BUTTONS, 'The button that was pressed'),
  children: Type.Array(child, { description: 'Buttons that were pressed under this job, once their message is known' }),
  buttons: Type.Array(oneOf(ALL_BUTTONS, 'A button'), { description: 'What can be pressed now; completed jobs only' }),
  discord: text('The Discord token, masked: its first 3 and its last 3 characters, with `…secured…` between'),
  channel: text('Discord channel id'),
  server: text('Discord server id'),
  maxJobs: Type.Integer({ minimum: 1, description: 'How many jobs might run on the channel when this one was accepted' }),
  replyUrl: text('Where the result is posted'),
  replyRef: text("The caller's own reference"),
  messageId: text("Id of Midjourney's latest message about the job"),
  content: text("Text of that message: prompt, parameters and progress, `(31%) (fast)`. A message of embeds alone: the first one's text"),
  timestamp: text("Time of that message in Discord's form, `2023-09-09T02:04:51.926000+00:00`"),
  attachments: Type.Array(attachment, { description: 'The result: the grid of four, or the single picture or video' }),
  embeds: Type.Array(embed, { description: 'Embeds of that message, where it has any' }),
  seed: Type.Object(
    { value: Type.Integer({ description: 'The seed' }), content: text("Midjourney's message around it") },
    { additionalProperties: false, description: 'Of a finished jobs/seed or jobs/seed_async' },
  ),
  error: text('Why the job did not end well, in one line'),
  errorDetails: text('More about it'),
  code: Type.Literal(200, { description: 'The HTTP status' }),
} as const satisfies Record<string, TSchema>;

type FieldName = keyof typeof FIELDS;

/** A closed object of these fields. */
function jobOf(
  description: string,
  required: readonly FieldName[],
  optional: readonly FieldName[],
  own: Partial<Record<FieldName, TSchema>>,
) {
  const field = (name: FieldName): TSchema => own[name] ?? FIELDS[name];
  return Type.Object(
    Object.fromEntries([...required.map((name) => [name, field(name)]), ...optional.map((name) => [name, Type.Optional(field(name))])]),
    { additionalProperties: false, description },
  );
}

const IDENTITY = ['jobid', 'verb', 'status', 'created', 'updated'] as const;
const PLACE = ['discord', 'channel'] as const;
/** Left out where the channel is a private one. */
const SERVER = ['server'] as const;
const REPLY = ['replyUrl', 'replyRef'] as const;
/** Left out when Midjourney has not said anything yet. */
const MESSAGE = ['messageId', 'timestamp'] as const;

/** 200 of a page that makes a picture's job. */
export const startedJob = (verb: string, own: readonly FieldName[], ownOptional: readonly FieldName[] = []): TSchema =>
  jobOf(
    'Midjourney has taken the job',
    [...IDENTITY, ...own, ...PLACE, 'maxJobs', 'content', 'code'],
    [...ownOptional, ...SERVER, ...REPLY, ...MESSAGE, 'embeds'],
    { verb: Type.Literal(verb), status: statusIn('started') },
  );

/** 200 of jobs/info and its siblings. */
export const finishedCommand = (verb: string): TSchema =>
  jobOf(
    'The finished job; `failed` only when it was cancelled meanwhile',
    [...IDENTITY, ...PLACE, 'content', 'code'],
    [...SERVER, ...REPLY, ...MESSAGE, 'embeds', 'error', 'errorDetails'],
    { verb: Type.Literal(verb), status: statusIn('completed', 'failed') },
  );

/** 200 of jobs/seed, which has the seed at once where Midjourney is quick enough, and of jobs/seed_async. */
export const seedJob = (verb: 'seed' | 'seed_async'): TSchema => {
  const waits = verb === 'seed';
  return jobOf(
    waits ? 'The finished job; `started` when Midjourney takes too long' : 'Midjourney has been asked',
    [...IDENTITY, 'parentJobId', ...PLACE, 'content', 'code'],
    [...SERVER, ...REPLY, ...MESSAGE, 'embeds', ...(waits ? (['seed', 'attachments', 'error', 'errorDetails'] as const) : [])],
    { verb: Type.Literal(verb), status: waits ? statusIn('completed', 'started', 'failed') : statusIn('started') },
  );
};

/** 596 of a page: the whole job of the call that met the notice. */
export const pausedJob = jobOf(
  'The call that met the notice: its whole job',
  [...IDENTITY, ...PLACE, 'error', 'code'],
  [
    'parentJobId',
    'prompt',
    'blendUrls',
    'blendDimensions',
    'describeUrl',
    'button',
    'maxJobs',
    ...SERVER,
    ...REPLY,
    ...MESSAGE,
    'content',
    'errorDetails',
  ],
  { status: statusIn('failed'), code: Type.Literal(596) },
);

/** GET jobs/?jobid=: any job. One that another dialect's caller made may have a verb or a button that v2 does not name. */
export const readJob = jobOf(
  'The job as it stands',
  [...IDENTITY, 'content', 'code'],
  [
    'parentJobId',
    'prompt',
    'blendUrls',
    'blendDimensions',
    'describeUrl',
    'button',
    'children',
    'buttons',
    ...PLACE,
    'maxJobs',
    ...SERVER,
    ...REPLY,
    ...MESSAGE,
    'attachments',
    'embeds',
    'seed',
    'error',
    'errorDetails',
  ],
  {
    verb: oneOf([...VERBS, 'shorten', 'settings'], 'What was asked for; `shorten` and `settings` come from other APIs of this server'),
    button: text('The button that was pressed'),
  },
);

export const executingJobs = Type.Array(Type.String(), { description: 'Ids of the jobs being executed, oldest first' });
export const oneOrList = (list: TSchema, one: TSchema): TSchema => Type.Union([list, one]);

export const cancelledJob = jobOf('The job has ended', ['jobid', 'status', 'code'], [], {});
