import { ERROR_CODES, type JobFailure } from '../../../core/errors.ts';
import type { ParsedMessage } from '../messages/message.ts';
import { readRefusal } from '../messages/refusals.ts';

/**
 * Returns the failure in a notice that pauses the account, from a message that belongs to no job; else undefined. Only a notice to this user counts:
 * a private message, a direct message, a message that mentions the user or answers the user's interaction, or a message that names nobody at
 * all: the bot's notices to other users are private to them. Source: midjourney-bot, notices to an account.
 */
export function accountNotice(parsed: ParsedMessage, userId: string): JobFailure | undefined {
  if (!isForUser(parsed, userId)) return undefined;
  const refusal = readRefusal(parsed.message);
  const isPause = refusal?.outcome === 'failed' && ERROR_CODES[refusal.failure.code].onAccount === 'pause';
  return isPause ? refusal.failure : undefined;
}

function isForUser({ message, heading }: ParsedMessage, userId: string): boolean {
  const { mentionIds, interaction } = message;
  const named = [...mentionIds, interaction?.userId, heading?.userId].filter((id) => id !== undefined && id !== null);
  if (named.length > 0) return named.includes(userId);
  return message.isPrivate || message.guildId === null || (message.referenceId === null && interaction === null);
}
