import type { DiscordSession } from '../../../discord/discord.ts';
import { JobError } from '../../../core/errors.ts';
import { failureOf } from './failures.ts';
import { MIDJOURNEY_BOT_ID } from '../messages/message.ts';

/**
 * The id of the private channel that this token's user has with the bot; Discord opens one where there is none. Throws `JobError`:
 * `invalid-request` for a token that Discord does not accept, else what Discord said. No gateway connection is made.
 * Source: useapi v2, account/midjourney (2025).
 */
export async function findPrivateChannel(createSession: (token: string) => DiscordSession, token: string): Promise<string> {
  const session = createSession(token);
  try {
    return await session.openPrivateChannel(MIDJOURNEY_BOT_ID);
  } catch (error) {
    const failure = failureOf(error);
    if (!failure) throw error;
    if (failure.code === 'account-unauthorized')
      throw new JobError('invalid-request', 'Discord does not accept this token', { facts: { field: 'discord' }, cause: error });
    throw new JobError(failure.code, failure.title, { cause: error });
  } finally {
    await session.close();
  }
}
