import { Type, type Static, type TObject, type TProperties } from 'typebox';
import { usesSlot, type ButtonInput, type MidjourneyInput, type MidjourneyVerb } from '../../../../engine/midjourney/input.ts';
import { JobError } from '../../../../core/errors.ts';
import type { Job, OfferedButton } from '../../../../core/job.ts';
import { COMMON, invalid, requestName, Url, type Verb, type VerbContext, type VerbDraft } from './verb.ts';

/** Source: discord-api-docs, application commands, `max_length`. */
const MAX_PROMPT_LENGTH = 6_000;

const Prompt = Type.String({
  $id: 'Prompt',
  minLength: 1,
  maxLength: MAX_PROMPT_LENGTH,
  pattern: '\\S',
  description: 'May begin with links to pictures and end with Midjourney’s own parameters (`--ar 16:9`)',
});
const JobId = Type.String({ $id: 'ParentJobId', minLength: 1, maxLength: 200, description: 'A finished job, made in any dialect' });

/** Fields of every verb of this engine. */
const OPTIONS = {
  engine: Type.Optional(Type.Literal('midjourney')),
  accountId: Type.Optional(
    Type.String({ $id: 'AccountChoice', minLength: 1, maxLength: 100, description: 'Default: any account, chosen when one is free' }),
  ),
  maxJobs: Type.Optional(
    Type.Integer({
      $id: 'MaxJobs',
      minimum: 1,
      maximum: 15,
      description: 'The job waits while this many jobs run on its account; needs `accountId` or a parent job',
    }),
  ),
  ...COMMON,
};

function verb<Fields extends TProperties>(
  name: MidjourneyVerb,
  description: string,
  fields: Fields,
  read: (body: Static<TObject<Fields>>, context: VerbContext) => MidjourneyInput | Promise<{ input: MidjourneyInput; parent: Job }>,
): Verb {
  const schema = Type.Object(
    { verb: Type.Literal(name), ...fields, ...OPTIONS },
    { additionalProperties: false, $id: requestName(name), description },
  );
  return {
    engine: 'midjourney',
    name,
    schema,
    async read(body, context): Promise<VerbDraft> {
      // The route has checked the body against the schema that `Fields` is part of.
      const result = await read(body as Static<TObject<Fields>>, context);
      const [input, parent] = 'input' in result ? [result.input, result.parent] : [result, undefined];
      return { input: { ...input }, usesSlot: usesSlot(name), ...(parent && { parent }) };
    },
  };
}

/** A command without fields. */
const command = (name: 'info' | 'settings' | 'relax' | 'fast' | 'turbo' | 'variability' | 'remix', description: string): Verb =>
  verb(name, description, {}, () => ({ verb: name }));

export const MIDJOURNEY_VERBS: readonly Verb[] = [
  verb('imagine', 'Four pictures of a prompt', { prompt: Prompt }, ({ prompt }, context) => {
    context.requireAllowed(prompt);
    for (const url of leadingUrls(prompt)) context.checkUrl(url, '/prompt');
    return { verb: 'imagine', prompt };
  }),
  verb(
    'button',
    'Presses a button that a finished job offers: U1, V3, 🔄, Vary (Region), Custom Zoom, …',
    {
      jobId: JobId,
      button: Type.String({ minLength: 1, maxLength: 200, description: 'Its label or its `customId`' }),
      prompt: Type.Optional(Prompt),
      mask: Type.Optional(
        Type.String({
          minLength: 1,
          contentEncoding: 'base64',
          description: 'For Vary (Region): a PNG, white where Midjourney paints again',
        }),
      ),
    },
    async (body, context) => {
      if (body.prompt !== undefined) context.requireAllowed(body.prompt);
      const parent = await context.findJob(body.jobId);
      return { parent, input: press(parent, body) };
    },
  ),
  verb(
    'blend',
    'One picture out of two to five',
    {
      imageUrls: Type.Array(Url, { minItems: 2, maxItems: 5 }),
      dimensions: Type.Optional(Type.Enum(['portrait', 'square', 'landscape'])),
    },
    ({ imageUrls, dimensions = null }, context) => ({
      verb: 'blend',
      imageUrls: imageUrls.map((url, index) => context.checkUrl(url, `/imageUrls/${index}`)),
      dimensions,
    }),
  ),
  verb('describe', 'Prompts that a picture could have been made from', { imageUrl: Url }, ({ imageUrl }, context) => ({
    verb: 'describe',
    imageUrl: context.checkUrl(imageUrl, '/imageUrl'),
  })),
  verb('shorten', 'Shorter forms of a prompt', { prompt: Prompt }, ({ prompt }, context) => {
    context.requireAllowed(prompt);
    return { verb: 'shorten', prompt };
  }),
  verb('seed', 'The seed of a finished job', { jobId: JobId }, async ({ jobId }, context) => {
    const parent = await context.findJob(jobId);
    return { parent, input: { verb: 'seed', messageId: messageOf(parent).id } };
  }),
  command('info', 'Midjourney’s facts about the account: plan, hours left, …'),
  command('settings', 'The account’s settings, as buttons'),
  command('relax', 'Switches the account to relaxed mode'),
  command('fast', 'Switches the account to fast mode'),
  command('turbo', 'Switches the account to turbo mode'),
  command('variability', 'Switches high variability on or off'),
  command('remix', 'Switches remix mode on or off'),
];

/** Image prompts: the links before the first other word. */
function leadingUrls(prompt: string): string[] {
  const words = prompt.trim().split(/\s+/);
  const firstWord = words.findIndex((word) => !/^<?https?:\/\//i.test(word));
  return words.slice(0, firstWord === -1 ? words.length : firstWord).map((word) => word.replace(/^<|>$/g, ''));
}

function messageOf(parent: Job): NonNullable<Job['output']['message']> {
  const { message } = parent.output;
  if (parent.status === 'completed' && message) return message;
  const why = parent.status === 'completed' ? 'has no message' : `is ${parent.status}, not completed`;
  throw invalid('/jobId', `names a job that ${why}`);
}

function press(parent: Job, body: { button: string; prompt?: string; mask?: string }): ButtonInput {
  const message = messageOf(parent);
  const { button } = body;
  const [prompt, mask] = [body.prompt ?? null, body.mask ?? null];
  const { buttons } = parent.output;
  const offered = findButton(buttons, button);
  if (!offered) {
    throw new JobError('button-not-offered', `Job ${parent.id} does not offer ${button}`, {
      facts: { button, offered: buttons.map(({ label }) => label) },
    });
  }
  if (offered.customId.startsWith('MJ::CustomZoom::') && prompt === null)
    throw invalid('/prompt', 'is required for this button: `--zoom 1.8`');
  if (offered.customId.startsWith('MJ::Inpaint::') && mask === null) throw invalid('/mask', 'is required for this button');
  const { label, customId } = offered;
  return { verb: 'button', label, customId, messageId: offered.messageId ?? message.id, messageFlags: message.flags, prompt, mask };
}

const findButton = (buttons: readonly OfferedButton[], wanted: string): OfferedButton | undefined =>
  buttons.find(({ label, customId }) => label === wanted || customId === wanted) ??
  buttons.find(({ label }) => label.toLowerCase() === wanted.trim().toLowerCase());
