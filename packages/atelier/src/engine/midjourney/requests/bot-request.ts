import { ApplicationCommandOptionType as OptionType } from 'discord-api-types/v10';
import type { JobFailure } from '../../../core/errors.ts';
import { type JsonObject, asNumber, asText, asTexts } from '@atelier/lib/json';
import type { Candidate } from '../matching/candidate.ts';
import { effectOfButton, NEW_GRID, type PictureEffect } from '../messages/effects.ts';
import { BotRequestError } from './failures.ts';
import { infoFields, proposedPrompts, readSeed } from '../messages/replies.ts';
import type { BotName, MidjourneyVerb } from '../input.ts';
import { blendArguments, describeArguments, placeImages, publishImages, readImages, stringOption } from './request-pictures.ts';
import type { RequestSender } from './request-port.ts';
import { parseMessage, type BotMessage } from '../messages/message.ts';
import { promptOfPictures } from '../messages/prompt-text.ts';
import { NO_MASK, readRefusal } from '../messages/refusals.ts';

/** One request to the bot: how to send it and how to recognise its answer. */
export interface BotRequest {
  /**
   * `job`: a start message, then a result. `reply`: one answer that only this user sees. `direct-message`: an answer in the private
   * channel.
   */
  readonly answer: Candidate['answer'];
  /**
   * Whether the request is sent again if it may not have reached Midjourney: `after-search` of the history without a find; `freely`; or
   * `never`, because a second request would undo the first.
   */
  readonly repeat: 'after-search' | 'freely' | 'never';
  /** The bot that gets the request. */
  readonly bot: BotName;
  /** Midjourney's ids of the job, where the request names it. */
  readonly jobUuids: readonly string[];
  /** The slash command, or null for a button. */
  readonly command: string | null;
  readonly prompt: string | null;
  readonly effect: PictureEffect | null;
  readonly sourceMessageId: string | null;
  /** The text for a form that opens; null: the proposed value. */
  readonly formText: string | null;
  /** Base64 of the mask for the editor of Vary (Region). */
  readonly mask: string | null;
  /** True if the answer takes so long that the bot's empty message counts as the start. */
  readonly announces: boolean;
  /** Why the request cannot be sent at all. */
  readonly refusal: JobFailure | null;
  send(sender: RequestSender): Promise<void>;
  /** For `reply` and `direct-message`: returns true if this message is the answer. Other messages refuse, remark or announce it. */
  isAnswer(message: BotMessage): boolean;
  data(message: BotMessage): JsonObject;
}

/** A small command is answered in words, which are no refusal unless they say so. */
const isRefused = (message: BotMessage): boolean => ['failed', 'held', 'asks-back'].includes(readRefusal(message)?.outcome ?? '');

const REPLY: Omit<BotRequest, 'send'> = {
  answer: 'reply',
  repeat: 'freely',
  bot: 'midjourney',
  jobUuids: [],
  command: null,
  prompt: null,
  effect: null,
  sourceMessageId: null,
  formText: null,
  mask: null,
  announces: false,
  refusal: null,
  isAnswer: (message) => message.content !== '' && !isRefused(message),
  data: () => ({}),
};

const JOB: Omit<BotRequest, 'send'> = { ...REPLY, answer: 'job', repeat: 'after-search', isAnswer: () => false };

const text = (input: JsonObject, name: string): string => asText(input[name]) ?? '';

/** A command without options. */
const plainCommand = (name: string): BotRequest => ({
  ...REPLY,
  command: name,
  send: (sender) => sender.command(name, () => ({ options: [] })),
});

/** A switch of `/prefer`: each request toggles it, and only the answer says the new state. Source: midjourney-bot, settings and modes. */
const preference = (name: string): BotRequest => ({
  ...REPLY,
  repeat: 'never',
  command: `prefer ${name}`,
  send: (sender) => sender.command('prefer', () => ({ options: [{ type: OptionType.Subcommand, name, options: [] }] })),
});

const promptCommand =
  (name: string, prompt: string): BotRequest['send'] =>
  (sender) =>
    sender.command(name, () => ({ options: [stringOption('prompt', prompt)] }));

function imagine(input: JsonObject): BotRequest {
  const prompt = text(input, 'prompt');
  const images = readImages(input);
  return {
    ...JOB,
    bot: readBot(input),
    command: 'imagine',
    prompt: placeImages(prompt, images, () => promptOfPictures(1)),
    effect: NEW_GRID,
    send: async (sender) => promptCommand('imagine', await publishImages(sender, prompt, images))(sender),
  };
}

const readBot = (input: JsonObject): BotName => (input['bot'] === 'niji' ? 'niji' : 'midjourney');

/**
 * Posts a finished job again, with its buttons. The bot has no name for the option but the one in the command index. Nothing is made or paid,
 * so the request may be repeated. Source: midjourney-bot, show.
 */
function show(input: JsonObject): BotRequest {
  const jobUuid = text(input, 'jobUuid');
  return {
    ...JOB,
    bot: readBot(input),
    jobUuids: [jobUuid],
    command: 'show',
    send: (sender) =>
      sender.command('show', ({ options = [] }) => {
        const option = options.find(({ type }) => type === OptionType.String);
        return { options: [stringOption(option?.name ?? 'job_id', jobUuid)] };
      }),
  };
}

function shorten(input: JsonObject): BotRequest {
  const data = (message: BotMessage): JsonObject => ({ prompts: proposedPrompts(message) });
  const isAnswer = (message: BotMessage): boolean => proposedPrompts(message).length > 0;
  return { ...REPLY, command: 'shorten', announces: true, isAnswer, data, send: promptCommand('shorten', text(input, 'prompt')) };
}

function describe(input: JsonObject): BotRequest {
  const imageUrl = text(input, 'imageUrl');
  return {
    ...REPLY,
    command: 'describe',
    announces: true,
    isAnswer: (message) => proposedPrompts(message).length > 0,
    data: (message) => ({ prompts: proposedPrompts(message) }),
    send: (sender) => sender.command('describe', (command) => describeArguments(sender, command, imageUrl)),
  };
}

function blend(input: JsonObject): BotRequest {
  const imageUrls = asTexts(input['imageUrls']);
  const dimensions = asText(input['dimensions']) ?? null;
  return {
    ...JOB,
    command: 'blend',
    prompt: promptOfPictures(imageUrls.length),
    effect: NEW_GRID,
    send: (sender) => sender.command('blend', (command) => blendArguments(sender, command, imageUrls, dimensions)),
  };
}

function button(input: JsonObject): BotRequest {
  const customId = text(input, 'customId');
  const messageId = text(input, 'messageId');
  const formText = asText(input['prompt']) ?? null;
  const mask = asText(input['mask']) ?? null;
  const effect = effectOfButton(customId);
  return {
    ...(effect.family === 'settings' ? { ...REPLY, isAnswer: (message) => !isRefused(message) } : JOB),
    bot: readBot(input),
    effect,
    sourceMessageId: messageId,
    formText,
    mask,
    refusal: buttonRefusal(customId, formText, mask),
    send: (sender) => sender.press({ customId, messageId, messageFlags: asNumber(input['messageFlags']) ?? 0 }),
  };
}

/** Returns the failure of a press that lacks its mask or prompt. Such a press is never sent. */
function buttonRefusal(customId: string, prompt: string | null, mask: string | null): JobFailure | null {
  if (customId.startsWith('MJ::Inpaint::') && !mask) return NO_MASK;
  if (!customId.startsWith('MJ::CustomZoom::') || prompt) return null;
  return { code: 'prompt-invalid', title: 'Custom Zoom needs a prompt', details: 'The prompt must contain the zoom: `--zoom 1.8`.' };
}

/**
 * The engine reacts to the message with an envelope. The bot answers in the private channel, once for each message. Source:
 * midjourney-bot, settings and modes.
 */
function seed(input: JsonObject): BotRequest {
  const messageId = text(input, 'messageId');
  return {
    ...REPLY,
    answer: 'direct-message',
    sourceMessageId: messageId,
    isAnswer: (message) => readSeed(message.content) !== undefined,
    data: (message) => ({ seed: readSeed(message.content)?.seed ?? 0, content: message.content }),
    async send(sender) {
      const message = await sender.read(messageId);
      if (!message) throw new BotRequestError({ code: 'upstream-refused', title: 'The message was deleted from Discord', details: null });
      const { jobUuids } = parseMessage(message);
      if (jobUuids.length === 0)
        throw new BotRequestError({ code: 'upstream-refused', title: 'This message is not the result of a job', details: null });
      sender.expect(jobUuids);
      await sender.react(messageId, '✉️');
    },
  };
}

/** The request builder of each verb. */
const VERBS: Readonly<Record<MidjourneyVerb, (input: JsonObject) => BotRequest>> = {
  imagine,
  button,
  blend,
  describe,
  shorten,
  info: () => ({
    ...plainCommand('info'),
    isAnswer: (message) => Object.keys(infoFields(message)).length > 0,
    data: infoFields,
  }),
  settings: () => ({
    ...plainCommand('settings'),
    isAnswer: (message) => message.components.some(({ customId }) => customId?.startsWith('MJ::Settings::') === true),
  }),
  relax: () => plainCommand('relax'),
  fast: () => plainCommand('fast'),
  turbo: () => plainCommand('turbo'),
  variability: () => preference('variability'),
  remix: () => preference('remix'),
  show,
  seed,
};

const isVerb = (verb: string): verb is MidjourneyVerb => Object.hasOwn(VERBS, verb);

/** Builds the request for a job's input. Throws for an unknown verb. */
export function toBotRequest(verb: string, input: JsonObject): BotRequest {
  if (!isVerb(verb)) throw new Error(`unknown Midjourney verb ${verb}`);
  return VERBS[verb](input);
}
