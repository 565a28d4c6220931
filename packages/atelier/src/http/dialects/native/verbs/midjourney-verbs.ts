import { Type, type Static, type TObject, type TProperties } from 'typebox';
import { expandPrompt, requireSinglePrompt } from '../../../../engine/midjourney/expand-prompt.ts';
import {
  BOT_NAMES,
  botOf,
  MAX_DISCORD_PROMPT_LENGTH,
  toButtonInput,
  usesSlot,
  type ButtonInput,
  type MidjourneyInput,
  type MidjourneyVerb,
} from '../../../../engine/midjourney/input.ts';
import { JobError } from '../../../../core/errors.ts';
import { resultOf, type Job, type OfferedButton } from '../../../../core/job.ts';
import { COMMON, invalid, requestName, Url, type Verb, type VerbContext, type VerbDraft } from './verb.ts';

const Prompt = Type.String({
  $id: 'Prompt',
  minLength: 1,
  maxLength: MAX_DISCORD_PROMPT_LENGTH,
  pattern: '\\S',
  description: 'May begin with links to pictures and end with Midjourney’s own parameters (`--ar 16:9`)',
});
const JobId = Type.String({ $id: 'ParentJobId', minLength: 1, maxLength: 200, description: 'A finished job, made in any dialect' });

const Bot = Type.Optional(
  Type.Enum(BOT_NAMES, {
    $id: 'Bot',
    description: 'The bot of Discord that gets the request. `--niji` in a prompt is a model of Midjourney’s bot',
  }),
);

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
  read: (
    body: Static<TObject<Fields>>,
    context: VerbContext,
  ) => MidjourneyInput | Pick<VerbDraft, 'input' | 'batch'> | Promise<{ input: MidjourneyInput; parent: Job }>,
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
      const draft = 'input' in result ? result : { input: result };
      return { ...draft, input: { ...draft.input }, usesSlot: usesSlot(name) };
    },
  };
}

/** A command without fields. */
const command = (name: 'info' | 'settings' | 'relax' | 'fast' | 'turbo' | 'variability' | 'remix', description: string): Verb =>
  verb(name, description, {}, () => ({ verb: name }));

export const MIDJOURNEY_VERBS: readonly Verb[] = [
  verb(
    'imagine',
    'Four pictures of a prompt; of each prompt, where it stands for several with `{a, b}` or `--repeat n`',
    { prompt: Prompt, bot: Bot },
    ({ prompt, bot }, context) => {
      context.requireAllowed(prompt);
      const [first, ...others] = naming('/prompt', () => expandPrompt(prompt)).map((single): MidjourneyInput => {
        // The expansion may join parts to a word that the policy refuses.
        context.requireAllowed(single);
        for (const url of leadingUrls(single)) context.checkUrl(url, '/prompt');
        return { verb: 'imagine', prompt: single, ...(bot === 'niji' && { bot }) };
      });
      if (!first) throw invalid('/prompt', 'stands for no job');
      if (others.length === 0) return first;
      return { input: { ...first }, batch: { inputs: others.map((input) => ({ ...input })), prompt } };
    },
  ),
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
      const { prompt } = body;
      if (prompt !== undefined) {
        context.requireAllowed(prompt);
        naming('/prompt', () => requireSinglePrompt(prompt));
      }
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
  verb(
    'show',
    'A picture that the account made elsewhere, with its buttons: `/show`',
    {
      job: Type.String({
        minLength: 36,
        maxLength: 2_048,
        description: 'Midjourney’s id of the job (a UUID), or a link that names it: of midjourney.com or to the picture',
      }),
      bot: Bot,
    },
    ({ job, bot }) => {
      const jobUuid = readJobUuid(job);
      if (jobUuid === undefined) throw invalid('/job', 'is neither Midjourney’s id of a job nor a link that names one');
      return { verb: 'show', jobUuid, ...(bot === 'niji' && { bot }) };
    },
  ),
  command('info', 'Midjourney’s facts about the account: plan, hours left, …'),
  command('settings', 'The account’s settings, as buttons'),
  command('relax', 'Switches the account to relaxed mode'),
  command('fast', 'Switches the account to fast mode'),
  command('turbo', 'Switches the account to turbo mode'),
  command('variability', 'Switches high variability on or off'),
  command('remix', 'Switches remix mode on or off'),
];

/** Runs a check of the engine; its refusal names the field. */
function naming<Result>(path: string, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    throw error instanceof JobError && error.code === 'invalid-request' ? invalid(path, `is refused: ${error.message}`) : error;
  }
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** The UUID, or the last one in the path of a link: file names of pictures may hold others before it. Source: midjourney-bot, show. */
function readJobUuid(text: string): string | undefined {
  const trimmed = text.trim();
  const url = URL.parse(trimmed);
  const place = url === null ? trimmed : /^https?:$/.test(url.protocol) ? url.pathname : '';
  const found = place.match(UUID)?.at(-1);
  return found !== undefined && (url !== null || found === trimmed) ? found.toLowerCase() : undefined;
}

/** Image prompts: the links before the first other word. */
function leadingUrls(prompt: string): string[] {
  const words = prompt.trim().split(/\s+/);
  const firstWord = words.findIndex((word) => !/^<?https?:\/\//i.test(word));
  return words.slice(0, firstWord === -1 ? words.length : firstWord).map((word) => word.replace(/^<|>$/g, ''));
}

function messageOf(parent: Job): NonNullable<Job['output']['message']> {
  const result = resultOf(parent);
  if (result?.message) return result.message;
  throw invalid('/jobId', `names a job that ${result ? 'has no message' : `is ${parent.status}, not completed`}`);
}

function press(parent: Job, body: { button: string; prompt?: string; mask?: string }): ButtonInput {
  const message = messageOf(parent);
  const { button } = body;
  const buttons = resultOf(parent)?.buttons ?? [];
  const [prompt, mask] = [body.prompt ?? null, body.mask ?? null];
  const offered = findButton(buttons, button);
  if (!offered) {
    throw new JobError('button-not-offered', `Job ${parent.id} does not offer ${button}`, {
      facts: { button, offered: buttons.map(({ label }) => label) },
    });
  }
  if (offered.customId.startsWith('MJ::CustomZoom::') && prompt === null)
    throw invalid('/prompt', 'is required for this button: `--zoom 1.8`');
  if (offered.customId.startsWith('MJ::Inpaint::') && mask === null) throw invalid('/mask', 'is required for this button');
  return toButtonInput(offered, message, { prompt, mask, ...botOf(parent) });
}

const findButton = (buttons: readonly OfferedButton[], wanted: string): OfferedButton | undefined =>
  buttons.find(({ label, customId }) => label === wanted || customId === wanted) ??
  buttons.find(({ label }) => label.toLowerCase() === wanted.trim().toLowerCase());
