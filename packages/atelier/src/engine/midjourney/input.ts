import type { OfferedButton, UpstreamMessage } from '../../core/job.ts';

/**
 * What the Midjourney engine can be asked: the `input` of its jobs. Dialects build it, the engine reads it; both sides name
 * things as Midjourney does.
 */
export type MidjourneyInput =
  | { verb: 'imagine'; prompt: string }
  | ButtonInput
  | { verb: 'blend'; imageUrls: string[]; dimensions: 'portrait' | 'square' | 'landscape' | null }
  | { verb: 'describe'; imageUrl: string }
  | { verb: 'shorten'; prompt: string }
  | { verb: 'info' | 'settings' | 'relax' | 'fast' | 'turbo' | 'variability' | 'remix' }
  /** Asks for the seed of a finished job by reacting to its message. */
  | { verb: 'seed'; messageId: string };

/** One press of a button that a finished job's message offered. */
export interface ButtonInput {
  verb: 'button';
  /** As the message showed it: `U1`, `🔄`, `Vary (Strong)`, `Custom Zoom`. */
  label: string;
  /** As the message offered it; never built. */
  customId: string;
  messageId: string;
  /** The flags of that message: 64 when only we can see it. */
  messageFlags: number;
  /** For buttons that open a text form (Custom Zoom; most of them in remix mode). Null: the form's own default is sent. */
  prompt: string | null;
  /** Base64 of a PNG mask, for Vary (Region). */
  mask: string | null;
}

export type MidjourneyVerb = MidjourneyInput['verb'];

/** Verbs that make Midjourney work on a picture and so take one of the account's slots. */
export const usesSlot = (verb: MidjourneyVerb): boolean =>
  verb === 'imagine' || verb === 'button' || verb === 'blend' || verb === 'describe';

/** The longest prompt that Discord takes. Source: Discord, application command options, `max_length`. */
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
