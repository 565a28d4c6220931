import { Type, type TSchema } from 'typebox';
import { ALL_BUTTONS } from '../buttons.ts';
import { MAX_PROMPT_LENGTH, MAX_REPLY_LENGTH, MOST_JOBS } from '../fields.ts';
import { oneOf } from './job.ts';

/** The fields that the pages take. JSON, form and multipart mean the same; `""`, `null` and `0` mean that a field is not given. */

/** The fields that belong to one page. */
export const field = {
  prompt: Type.String({ maxLength: MAX_PROMPT_LENGTH, description: 'What to paint, with parameters: `a cat --ar 3:2`' }),
  parentJobId: Type.String({ description: 'A completed imagine, button or blend job' }),
  button: oneOf(ALL_BUTTONS, 'One of the `buttons` of that job'),
  buttonPrompt: Type.Optional(
    Type.String({
      maxLength: MAX_PROMPT_LENGTH,
      description: 'Required for Custom Zoom; in remix mode V1–V4, Vary, the arrows and 🔄 take one, too',
    }),
  ),
  mask: Type.Optional(Type.String({ description: 'Required for Vary (Region): a PNG as base64, white where to paint anew' })),
  blendUrls: Type.Array(Type.String({ format: 'uri' }), { minItems: 2, maxItems: 5, description: 'The pictures to blend' }),
  blendDimensions: Type.Optional(oneOf(['Portrait', 'Square', 'Landscape'], 'Shape of the result; square where left out')),
  describeUrl: Type.String({ format: 'uri', description: 'The picture to describe' }),
} as const;

const COMMON = {
  discord: Type.String({ description: 'Discord token, in place of the configured one' }),
  server: Type.String({ description: 'Discord server id; goes with `discord`' }),
  channel: Type.String({ description: 'Discord channel id: of a configured account, or beside `discord` and `server`' }),
  maxJobs: Type.Integer({
    minimum: 1,
    maximum: MOST_JOBS,
    description: 'Refuse with 429 when this many jobs execute on the channel. Default: that of the parent job or of the account, else 3',
  }),
} as const;

const REPLY = {
  replyUrl: Type.String({
    maxLength: MAX_REPLY_LENGTH,
    format: 'uri',
    description: 'Where to post the finished job. Default: that of the account',
  }),
  replyRef: Type.String({ maxLength: MAX_REPLY_LENGTH, description: 'Any text; it is repeated with the job' }),
} as const;

/** The body of a page: its own fields, the named common fields, and the callback fields. Unknown fields are ignored. */
export function requestBody(own: Record<string, TSchema>, common: readonly (keyof typeof COMMON)[]): TSchema {
  const chosen = common.map((name) => [name, Type.Optional(COMMON[name])]);
  const reply = Object.entries(REPLY).map(([name, schema]) => [name, Type.Optional(schema)]);
  return Type.Object({ ...own, ...Object.fromEntries([...chosen, ...reply]) });
}

const jobid = Type.String({ description: 'Id of the job, percent-encoded or not' });

export const jobidQuery = Type.Object({ jobid });
export const optionalJobidQuery = Type.Object({ jobid: Type.Optional(jobid) });
