/** The truth about the messages of the model, written down when they are made. The checks read it; nothing here reads a message. */

/** Who asked the bot for a job: a job of ours, the same user by hand, or another user of the channel. */
export type SimOwner = 'ours' | 'hand' | 'stranger';

/** One job at the bot. */
export interface SimWork {
  readonly uuid: string;
  readonly owner: SimOwner;
  /** Our job, or null. */
  readonly jobId: string | null;
  readonly nonce: string;
  /** Equal texts for equal requests. */
  readonly requestKey: string;
  /** `refused`: the bot took nothing. `over`: nothing more will come by itself. */
  status: 'running' | 'refused' | 'over';
  startId: string | null;
  /** Links to its finished pictures. */
  readonly pictures: string[];
}

/** What one message or event truly is, and which ids it shows. */
export interface SimTruth {
  readonly work: SimWork | null;
  readonly kind: 'start' | 'result' | 'words' | 'other';
  readonly messageId: string | null;
  readonly nonce: string | null;
  readonly interactionIds: readonly string[];
  readonly referenceId: string | null;
  readonly uuids: readonly string[];
  readonly isPrivate: boolean;
  /** A text that only these words of the bot have; null for every other message. */
  readonly words: string | null;
  /** The event may pause our account. */
  readonly mayPause: boolean;
}

export const truthOf = (parts: Partial<SimTruth>): SimTruth => ({
  work: null,
  kind: 'other',
  messageId: null,
  nonce: null,
  interactionIds: [],
  referenceId: null,
  uuids: [],
  isPrivate: false,
  words: null,
  mayPause: false,
  ...parts,
});
