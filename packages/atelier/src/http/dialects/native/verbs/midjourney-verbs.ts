import { Type } from 'typebox';
import { requireSinglePrompt } from '../../../../engine/midjourney/expand-prompt.ts';
import { botOf, toButtonInput, type ButtonInput } from '../../../../engine/midjourney/input.ts';
import { JobError } from '../../../../core/errors.ts';
import { resultOf, type Job, type OfferedButton } from '../../../../core/job.ts';
import { IMAGINE_VERB } from './imagine-verb.ts';
import { addPictures, Base64, Bot, Prompt, verb } from './midjourney-verb.ts';
import { invalid, naming, Url, type Verb } from './verb.ts';

const JobId = Type.String({ $id: 'ParentJobId', minLength: 1, maxLength: 200, description: 'A finished job, made in any dialect' });

/** Source: midjourney-bot, slash commands. */
const MOST_BLENDED = 5;

/** A command without fields. */
const command = (name: 'info' | 'settings' | 'relax' | 'fast' | 'turbo' | 'variability' | 'remix', description: string): Verb =>
  verb(name, description, {}, () => ({ verb: name }));

export const MIDJOURNEY_VERBS: readonly Verb[] = [
  IMAGINE_VERB,
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
    'One picture out of two to five, sent as `imageUrls`, as `images`, or as both',
    {
      imageUrls: Type.Optional(Type.Array(Url, { maxItems: MOST_BLENDED })),
      images: Type.Optional(Type.Array(Base64, { maxItems: MOST_BLENDED })),
      dimensions: Type.Optional(Type.Enum(['portrait', 'square', 'landscape'])),
    },
    async ({ imageUrls = [], images = [], dimensions = null }, context) => {
      const count = imageUrls.length + images.length;
      if (count < 2 || count > MOST_BLENDED) throw invalid('/imageUrls', `and \`images\` together must be 2 to ${MOST_BLENDED} pictures`);
      const urls = imageUrls.map((url, index) => context.checkUrl(url, `/imageUrls/${index}`));
      const sources = await addPictures(images, context);
      return { verb: 'blend', imageUrls: [...urls, ...sources], dimensions };
    },
  ),
  verb(
    'describe',
    'Prompts that a picture could have been made from: its `imageUrl` or its `image`',
    { imageUrl: Type.Optional(Url), image: Type.Optional(Base64) },
    async ({ imageUrl, image }, context) => {
      if ((imageUrl === undefined) === (image === undefined)) throw invalid('/imageUrl', 'or `image` is required, and not both');
      const source = image === undefined ? context.checkUrl(imageUrl ?? '', '/imageUrl') : await context.addPicture(image, '/image');
      return { verb: 'describe', imageUrl: source };
    },
  ),
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

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** The UUID, or the last one in the path of a link: file names of pictures may hold others before it. Source: midjourney-bot, show. */
function readJobUuid(text: string): string | undefined {
  const trimmed = text.trim();
  const url = URL.parse(trimmed);
  const place = url === null ? trimmed : /^https?:$/.test(url.protocol) ? url.pathname : '';
  const found = place.match(UUID)?.at(-1);
  return found !== undefined && (url !== null || found === trimmed) ? found.toLowerCase() : undefined;
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
