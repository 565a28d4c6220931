import { activeHold, type Account, type AccountHold } from '../../../../core/account.ts';
import type { ApiKey } from '../../../../core/key.ts';
import { JobError, toReason } from '../../../../core/errors.ts';
import type { JsonObject } from '@atelier/lib/json';
import { invalid, isSnowflake, MOST_JOBS, readCount, readText, serverOf, toText } from '../fields.ts';

/** Fields and refusals that the pages under account/midjourney share, in the vendor's words. */

/** Never the token itself. `pendingModMessage` only while the account awaits its reset; `hold`, a field of our own, only while it is held. */
export const toEntry = (account: Account, nowMs: number): JsonObject => ({
  channel: account.channelId,
  discord: account.maskedToken,
  ...serverOf(account),
  maxJobs: account.maxJobs,
  ...(account.pause === null ? {} : { pendingModMessage: account.pause.details ?? account.pause.title }),
  ...toHold(activeHold(account, nowMs)),
});

const toHold = (hold: AccountHold | null): JsonObject =>
  hold === null ? {} : { hold: { code: hold.code, reason: toReason(hold), until: new Date(hold.untilMs).toISOString() } };

export function requireAdmin(key: ApiKey): void {
  if (!key.admin) throw new JobError('forbidden', 'Only an admin key may change Midjourney accounts');
}

export const missingParam = (field: string): JobError => invalid(`Required param ${field} is missing or empty`, field);

export function requireParam(body: JsonObject, field: string): string {
  const text = readText(body, field)?.trim();
  if (text === undefined) throw missingParam(field);
  return text;
}

export function requireDiscordId(field: 'channel' | 'server', id: string): void {
  if (!isSnowflake(id)) throw invalid(`Required param ${field} (${id}) is not valid Discord ${field} id`, field);
}

/** `maxJobs` of a plan, 1–15; undefined when absent. */
export function readPlanLimit(body: JsonObject): number | undefined {
  const maxJobs = readCount(body, 'maxJobs');
  if (maxJobs === undefined || maxJobs <= MOST_JOBS) return maxJobs;
  throw invalid(`Required param maxJobs ${toText(body['maxJobs'])} can't be more that ${MOST_JOBS}`, 'maxJobs');
}
