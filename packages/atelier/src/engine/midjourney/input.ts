import type { Job, OfferedButton, UpstreamMessage } from '../../core/job.ts';

/**
 * The requests that the Midjourney engine accepts: the `input` of its jobs. Dialects build it, the engine reads it, and both use
 * Midjourney's names.
 */
export type MidjourneyInput =
  | { verb: 'imagine'; prompt: string; images?: PromptImage[]; bot?: BotName }
  | ButtonInput
  | { verb: 'blend'; imageUrls: string[]; dimensions: 'portrait' | 'square' | 'landscape' | null }
  | { verb: 'describe'; imageUrl: string }
  | { verb: 'shorten'; prompt: string }
  | { verb: 'info' | 'settings' | 'relax' | 'fast' | 'turbo' | 'variability' | 'remix' }
  /** Posts a finished job of the account's user again, wherever it was made. `jobUuid` is Midjourney's id of it. */
  | { verb: 'show'; jobUuid: string; bot?: BotName }
  /** Requests the seed of a finished job by a reaction to its message. */
  | { verb: 'seed'; messageId: string };

/** Midjourney's two bots in Discord; a button and a form go to the bot that posted them. Source: midjourney-bot, applications. */
export const BOT_NAMES = ['midjourney', 'niji'] as const;
export type BotName = (typeof BOT_NAMES)[number];

/** Where the link to an uploaded picture goes: in front of the prompt, or behind the parameter of this name. */
export const IMAGE_USES = ['prompt', 'sref', 'cref', 'oref'] as const;

/** A picture that the caller sent with the request. The engine uploads it to Discord before it sends the prompt. */
export type PromptImage = {
  /** The name of the kept upload, `upload:…`, as `fetchImage` of the engine takes it. */
  source: string;
  use: (typeof IMAGE_USES)[number];
};

/** One press of a button that a finished job's message offered. */
export interface ButtonInput {
  verb: 'button';
  /** The text on the button: `U1`, `🔄`, `Vary (Strong)`, `Custom Zoom`. */
  label: string;
  /** The custom id from the message; never built. */
  customId: string;
  messageId: string;
  /** The flags of that message; 64 if only this user can see it. */
  messageFlags: number;
  /** For buttons that open a form (Custom Zoom; most buttons in remix mode). Null: the form's proposed text is sent. */
  prompt: string | null;
  /** Base64 of a PNG mask, for Vary (Region). */
  mask: string | null;
  /** The bot that posted the message. Left out: Midjourney. */
  bot?: BotName;
}

export type MidjourneyVerb = MidjourneyInput['verb'];

/** Returns true for verbs that make Midjourney work on a picture and so use one of the account's slots. */
export const usesSlot = (verb: MidjourneyVerb): boolean =>
  verb === 'imagine' || verb === 'button' || verb === 'blend' || verb === 'describe';

/** The bot that made the job's result, as a field of the jobs that work on it; no field for Midjourney. */
export const botOf = ({ input }: Pick<Job, 'input'>): { bot?: BotName } => (input['bot'] === 'niji' ? { bot: 'niji' } : {});

/** The longest prompt that Discord takes. Source: discord-api-docs, application commands, `max_length`. */
export const MAX_DISCORD_PROMPT_LENGTH = 6_000;

/** The press of a button that a job's message offers. `mask` and `prompt` are null unless given; `more` also says the bot (`botOf`). */
export function toButtonInput(
  { label, customId, messageId }: OfferedButton,
  message: Pick<UpstreamMessage, 'id' | 'flags'>,
  more: Partial<Pick<ButtonInput, 'prompt' | 'mask' | 'bot'>> = {},
): ButtonInput {
  return {
    verb: 'button',
    label,
    customId,
    messageId: messageId ?? message.id,
    messageFlags: message.flags,
    prompt: null,
    mask: null,
    ...more,
  };
}
