import type { MidjourneyOperation } from '../../requests/operation.ts';
import type { SimTruth, SimWork } from './truth.ts';

/** The ids that the engine has seen of one job, by the truth of the messages: its certain evidence, without any likeness. */
export interface JobKnowledge {
  readonly nonces: Set<string>;
  readonly interactions: Set<string>;
  readonly messages: Set<string>;
  readonly uuids: Set<string>;
  /** The bot's last words about the job. */
  words: string | null;
  /** A result of the job that the engine has seen, with certain evidence, while the job was open. */
  result: SimWork | null;
  isOpen: boolean;
  /** The result may still come as a late result. */
  isKept: boolean;
}

/** Everything that an operation tells. */
export const toKnowledge = (operation: MidjourneyOperation): JobKnowledge => ({
  nonces: new Set(operation.nonces),
  interactions: new Set(operation.interactionIds),
  messages: new Set(operation.messageIds),
  uuids: new Set(operation.jobUuids),
  words: /\[words \d+\]/.exec(JSON.stringify(operation.lastWords))?.[0] ?? null,
  result: null,
  isOpen: true,
  isKept: false,
});

export const isSeen = ({ interactions, messages }: JobKnowledge): boolean => interactions.size > 0 || messages.size > 0;

/** True if ids alone prove that this message belongs to the job. */
export function isLinked(known: JobKnowledge, truth: SimTruth): boolean {
  return (
    (truth.nonce !== null && known.nonces.has(truth.nonce)) ||
    truth.interactionIds.some((id) => known.interactions.has(id)) ||
    (truth.messageId !== null && known.messages.has(truth.messageId)) ||
    (truth.referenceId !== null && known.messages.has(truth.referenceId)) ||
    truth.uuids.some((uuid) => known.uuids.has(uuid))
  );
}

/** The engine sees a message of the job. */
export function learn(known: JobKnowledge, truth: SimTruth): void {
  for (const id of truth.interactionIds) known.interactions.add(id);
  if (truth.messageId !== null && !truth.isPrivate && truth.kind !== 'result' && truth.kind !== 'words')
    known.messages.add(truth.messageId);
  if (truth.kind === 'start') for (const uuid of truth.uuids) known.uuids.add(uuid);
  if (truth.words !== null) known.words = truth.words;
  if (truth.kind === 'result' && known.isOpen) known.result = truth.work;
}
