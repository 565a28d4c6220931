import type { OfferedButton, UpstreamMessage } from '../../core/job.ts';

/**
 * The requests that the Midjourney engine accepts: the `input` of its jobs. Dialects build it, the engine reads it, and both use
 * Midjourney's names.
 */
export type MidjourneyInput =
  | { verb: 'imagine'; prompt: string }
  | ButtonInput
  | { verb: 'blend'; imageUrls: string[]; dimensions: 'portrait' | 'square' | 'landscape' | null }
  | { verb: 'describe'; imageUrl: string }
  | { verb: 'shorten'; prompt: string }
  | { verb: 'info' | 'settings' | 'relax' | 'fast' | 'turbo' | 'variability' | 'remix' }
  /** Requests the seed of a finished job by a reaction to its message. */
  | { verb: 'seed'; messageId: string };

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
}

export type MidjourneyVerb = MidjourneyInput['verb'];

/** Returns true for verbs that make Midjourney work on a picture and so use one of the account's slots. */
export const usesSlot = (verb: MidjourneyVerb): boolean =>
  verb === 'imagine' || verb === 'button' || verb === 'blend' || verb === 'describe';

/** The longest prompt that Discord takes. Source: discord-api-docs, application commands, `max_length`. */
export const MAX_DISCORD_PROMPT_LENGTH = 6_000;

/** The press of a button that a job's message offers. `mask` and `prompt` are null unless given. */
export function toButtonInput(
  { label, customId, messageId }: OfferedButton,
  message: Pick<UpstreamMessage, 'id' | 'flags'>,
  texts: Partial<Pick<ButtonInput, 'prompt' | 'mask'>> = {},
): ButtonInput {
  const { prompt = null, mask = null } = texts;
  return { verb: 'button', label, customId, messageId: messageId ?? message.id, messageFlags: message.flags, prompt, mask };
}
