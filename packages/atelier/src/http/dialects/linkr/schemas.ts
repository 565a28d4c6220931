import { Type, type TObject, type TProperties, type TSchema } from 'typebox';

/**
 * The pages of the manual as JSON Schema, for the OpenAPI document. They validate nothing: `requests.ts` reads the bodies and
 * refuses them in the vendor's words. Source: linkr, imagine; linkr, fetch; linkr, action; linkr, info.
 */
const closed = <Properties extends TProperties>(properties: Properties, description?: string): TObject<Properties> =>
  Type.Object(properties, { additionalProperties: false, ...(description === undefined ? {} : { description }) });

const text = (description: string) => Type.String({ description });
const link = (description: string) => Type.String({ format: 'uri', description });
const nullable = <Schema extends TSchema>(schema: Schema, description: string) => Type.Union([schema, Type.Null()], { description });

/** The meaning of each refusal's status. The vendor documents 400, 401, 403, 404 and 502. */
const REFUSALS = {
  400: 'The request cannot be carried out as it is, or the content policy does not let the prompt pass',
  401: 'The API key is missing or wrong',
  402: 'The API key has expired',
  403: 'The Discord account, or the key, is suspended',
  404: 'The task does not exist or belongs to another key',
  409: 'The same request is being processed',
  413: 'The body is larger than 1 MiB',
  415: 'The body is neither JSON nor a form',
  422: 'The Idempotency-Key was used with another body',
  429: 'Too many requests; `Retry-After`, where it is known, says when to try again',
  500: 'An error of this server',
  502: 'Discord or Midjourney could not be reached, or did not answer in time',
} as const;

const refusals = (...statuses: (keyof typeof REFUSALS)[]) =>
  Object.fromEntries(statuses.map((status) => [status, closed({ detail: Type.String({ minLength: 1, description: REFUSALS[status] }) })]));

const TAGS = ['Midjourney'];
const webhookUrl = Type.Optional(
  link('URL that gets a POST when the task has ended, with the object that fetch answers then; without it, poll fetch'),
);

const submitted = (message: string) =>
  closed({
    status: Type.Literal('SUCCESS', { description: 'The task was accepted' }),
    task_id: Type.String({ format: 'uuid', description: 'Id of the new task, for fetch and action' }),
    message: Type.Literal(message, { description: 'The outcome in words' }),
  });

const Component = closed({
  custom_id: text('Value for `action`'),
  label: text('Text on the button; `action` takes it too'),
  style: Type.Integer({ minimum: 1, maximum: 5, description: 'Discord’s button style' }),
});

/** A task, as `fetch` answers and `webhook_url` gets it. */
export const Task = closed({
  task_id: text('The id in the path'),
  action: text('The action: imagine, upsample1, variation2, reroll, or the label of another button'),
  status: Type.String({
    enum: ['pending', 'processing', 'completed', 'failed', 'timeout'],
    description: 'pending: queued; processing: running; the other states are final',
  }),
  progress: Type.Number({ minimum: 0, maximum: 100, description: 'Percent' }),
  prompt: text('The prompt as it was sent'),
  image_url: nullable(link('Link'), 'The grid of four, else the single picture, else the first video; null until completed'),
  images: nullable(Type.Array(link('Link')), 'The single pictures, those of a grid in its order; null until completed'),
  grid_url: nullable(link('Link'), 'The grid of four; null without a grid'),
  cdn_url: nullable(link('Link'), 'The same as image_url'),
  videos: Type.Optional(Type.Array(link('Link'), { description: 'The videos; left out where the task made no video' })),
  message_id: nullable(Type.String(), 'Discord’s id of the message with the result; null until completed'),
  components: nullable(Type.Array(Component), 'The buttons under the result; null until completed'),
  error: nullable(Type.String(), 'Why the task failed, in words for the end user; null otherwise'),
  created_at: Type.String({
    pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d$',
    description: 'When the task was accepted, in UTC without a zone',
  }),
});

const fact = (description: string) => nullable(Type.String(), `${description}; null where Midjourney leaves it out`);

const Info = closed(
  {
    user_id: fact('Midjourney’s id of the user'),
    subscription: fact('Basic, Standard, Pro or Mega'),
    job_mode: fact('fast, relax or turbo'),
    visibility_mode: fact('public or stealth'),
    fast_time_remaining: fact('Fast hours that are left, H:MM:SS'),
    lifetime_usage: fact('Pictures ever made'),
    fast_usage: fact('Pictures made in fast mode'),
    turbo_usage: fact('Pictures made in turbo mode'),
    relaxed_usage: fact('Pictures made in relax mode'),
    queued_jobs_fast: fact('Fast jobs that wait at Midjourney'),
    queued_jobs_relax: fact('Relax jobs that wait at Midjourney'),
    running_jobs: fact('Jobs that run at Midjourney'),
  },
  'Midjourney’s answer, each field as text',
);

export const imagineSchema = {
  summary: 'Make four pictures from a prompt',
  tags: TAGS,
  body: Type.Object({
    prompt: Type.String({
      minLength: 1,
      description: 'Description of the picture, with any of Midjourney’s parameters; it may begin with links to images',
    }),
    reference_image: Type.Optional(link('A reference image: JPG, JPEG, PNG or WebP')),
    webhook_url: webhookUrl,
  }),
  response: { 200: submitted('Task submitted successfully'), ...refusals(400, 401, 402, 403, 409, 413, 415, 422, 429, 500, 502) },
};

export const actionSchema = {
  summary: 'Press a button under a completed task',
  tags: TAGS,
  body: Type.Object({
    task_id: text('Id of a completed task'),
    action: text('upsample1–upsample4, variation1–variation4, reroll, or a custom_id or label out of components'),
    webhook_url: webhookUrl,
  }),
  response: { 200: submitted('Action submitted successfully'), ...refusals(400, 401, 402, 403, 404, 409, 413, 415, 422, 429, 500, 502) },
};

export const fetchSchema = {
  summary: 'State of a task',
  tags: TAGS,
  params: Type.Object({ taskId: text('Id of the task') }),
  response: { 200: Task, ...refusals(401, 402, 403, 404, 429, 500) },
};

export const infoSchema = {
  summary: 'Midjourney’s facts about the account; kept for a minute',
  tags: TAGS,
  response: {
    200: closed({ status: Type.Literal('SUCCESS', { description: 'Midjourney has answered' }), data: Info }),
    ...refusals(401, 402, 403, 429, 500, 502),
  },
};
