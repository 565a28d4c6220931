import { Type, type Static, type TObject, type TProperties } from 'typebox';
import {
  BOT_NAMES,
  MAX_DISCORD_PROMPT_LENGTH,
  usesSlot,
  type MidjourneyInput,
  type MidjourneyVerb,
} from '../../../../engine/midjourney/input.ts';
import { COMMON, requestName, type Verb, type VerbContext, type VerbDraft } from './verb.ts';

export const Prompt = Type.String({
  $id: 'Prompt',
  minLength: 1,
  maxLength: MAX_DISCORD_PROMPT_LENGTH,
  pattern: '\\S',
  description: 'May begin with links to pictures and end with Midjourney’s own parameters (`--ar 16:9`)',
});

export const Bot = Type.Optional(
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

/** An input, or an input with its parent or its batch. */
type ReadVerb = MidjourneyInput | (Pick<VerbDraft, 'parent' | 'batch'> & { input: MidjourneyInput });

/** A verb of Midjourney's engine: `read` gives its input, or the inputs of a batch. */
export function verb<Fields extends TProperties>(
  name: MidjourneyVerb,
  description: string,
  fields: Fields,
  read: (body: Static<TObject<Fields>>, context: VerbContext) => ReadVerb | Promise<ReadVerb>,
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

export const Base64 = Type.String({
  $id: 'Picture',
  minLength: 1,
  contentEncoding: 'base64',
  description: 'A JPEG, PNG, WebP or GIF as base64 or as a base64 data URL; a file in a multipart form',
});

/** The sources of these pictures, in order. */
export async function addPictures(images: readonly string[], context: VerbContext, path = '/images'): Promise<string[]> {
  const sources: string[] = [];
  for (const [index, image] of images.entries()) sources.push(await context.addPicture(image, `${path}/${index}`));
  return sources;
}
