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
