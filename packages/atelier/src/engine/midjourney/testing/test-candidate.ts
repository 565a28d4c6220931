import { type Candidate, createCandidate } from '../matching/candidate.ts';
import { NEW_GRID } from '../messages/effects.ts';
import { createOperation } from '../requests/operation.ts';
import { CHANNEL, GUILD, snowflakeAt, USER } from './bot-messages.ts';

export const PLANNED_AT_MS = 1_760_000_000_000;
export const PROMPT = 'a red fox';
/** The prompt as Midjourney repeats it. */
export const ECHO = 'a red fox --v 7.0';

/** Returns the message id of the n-th second after the jobs were planned. */
export const messageIdAt = (n: number): string => snowflakeAt(PLANNED_AT_MS + 1_000 * n);

/** An imagine of this server that was just sent and has no messages yet. */
export const createTestCandidate = (key: string, nonce: string, rest: Partial<Candidate> = {}): Candidate => ({
  ...createCandidate(
    {
      key,
      userId: USER,
      answer: 'job',
      operation: createOperation({
        accountId: 'account',
        channelId: CHANNEL,
        guildId: GUILD,
        plannedAtMs: PLANNED_AT_MS,
        nonce,
        prompt: PROMPT,
        sourceMessageId: null,
      }),
      effect: NEW_GRID,
      command: 'imagine',
      pressed: null,
    },
    PLANNED_AT_MS,
    0,
  ),
  ...rest,
});
