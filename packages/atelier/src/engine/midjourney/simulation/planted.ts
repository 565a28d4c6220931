import { asObject, asObjects, asText, isJsonObject, type JsonObject } from '@atelier/lib/json';
import type { ChannelEffect, ChannelEvent, ChannelState } from '../channel-state.ts';
import type { MidjourneyOperation } from '../requests/operation.ts';
import { updateChannel } from '../update-channel.ts';
import { runSeed, type SeedResult } from './run-seed.ts';
import type { ChannelUpdate } from './jobs/sim-job.ts';

/** Faults that the simulation must find: each wraps the function under test. */
export const PLANTED: Readonly<Record<string, ChannelUpdate>> = {
  'ask again after the start message was deleted': (state, event, context) => {
    const next = updateChannel(state, event, context);
    const deleted = event.type === 'dispatch' && event.name === 'MESSAGE_DELETE' ? asText(asObject(event.data)?.['id']) : undefined;
    const owner = next.state.matching.candidates.find(({ isOwn, operation }) => isOwn && operation.messageIds.includes(deleted ?? ''));
    return owner ? { ...next, effects: [againOf(owner.key, owner.operation), ...next.effects] } : next;
  },
  'take the first result with the prompt': (state, event, context) => {
    const next = updateChannel(state, event, context);
    const stolen = event.type === 'dispatch' && event.name === 'MESSAGE_CREATE' ? firstResult(next.state, event.data) : undefined;
    const isTaken = next.effects.some((effect) => effect.type === 'report' && effect.update.type === 'completed');
    if (!stolen || isTaken) return next;
    const ended = updateChannel(next.state, { type: 'job-stopped', jobId: stolen.jobId }, context);
    return { state: ended.state, effects: [...next.effects, stolen] };
  },
  'believe a lone 401': (state, event, context) => updateChannel(state, asBadToken(event), context),
  "forget the bot's last words": (state, event, context) => {
    const next = updateChannel(state, event, context);
    const forget = (operation: MidjourneyOperation): MidjourneyOperation => ({ ...operation, lastWords: null });
    const candidates = next.state.matching.candidates.map((one) => ({ ...one, operation: forget(one.operation) }));
    return { ...next, state: { ...next.state, matching: { ...next.state.matching, candidates } } };
  },
  'believe the embeds of links': (state, event, context) => updateChannel(state, asBelieved(event), context),
  'forget which results were delivered': (state, event, context) => {
    const next = updateChannel(state, event, context);
    return { ...next, state: { ...next.state, matching: { ...next.state.matching, deliveredIds: [], foreignResults: [] } } };
  },
  'forget the start message at a new session': (state, event, context) => {
    if (event.type !== 'session-ready') return updateChannel(state, event, context);
    const candidates = state.matching.candidates.map((one) => ({
      ...one,
      operation: { ...one.operation, isSeen: false, messageIds: [], interactionIds: [], jobUuids: [] },
    }));
    return updateChannel({ ...state, matching: { ...state.matching, candidates } }, event, context);
  },
};

/** Runs a seed with a planted fault. Violations that the function shows without it do not count. */
export function findOnlyPlanted(seed: number, update: ChannelUpdate): SeedResult {
  const result = runSeed(seed, { update });
  return result.violations.length > 0 && runSeed(seed).violations.length > 0 ? { ...result, violations: [] } : result;
}

function againOf(jobId: string, operation: MidjourneyOperation): ChannelEffect {
  const nonce = String(BigInt(operation.nonces.at(-1) ?? '0') + 1n);
  return {
    type: 'ask',
    jobId,
    nonce,
    ask: { kind: 'request' },
    operation: { ...operation, nonces: [...operation.nonces, nonce] },
    mustWrite: true,
  };
}

function firstResult({ matching, courses }: ChannelState, data: unknown): Extract<ChannelEffect, { type: 'report' }> | undefined {
  const message = asObject(data) ?? {};
  const content = asText(message['content']) ?? '';
  const [file] = asObjects(message['attachments']);
  const owner = matching.candidates.find(
    ({ key, operation }) => courses[key] && operation.prompt && content.startsWith(`**${operation.prompt}`),
  );
  if (!owner || !file || content.includes('%')) return undefined;
  const media = [{ role: 'grid' as const, source: { url: asText(file['url']) ?? '' }, filename: asText(file['filename']) ?? '' }];
  return { type: 'report', jobId: owner.key, update: { type: 'completed', message: null, buttons: [], media, data: {} } };
}

function asBadToken(event: ChannelEvent): ChannelEvent {
  if (event.type !== 'ask-failed' || !event.failure.title.endsWith('401')) return event;
  return { ...event, failure: { ...event.failure, code: 'account-unauthorized' } };
}

function asBelieved(event: ChannelEvent): ChannelEvent {
  if (event.type !== 'dispatch' || !isJsonObject(event.data) || !Array.isArray(event.data['embeds'])) return event;
  const embeds: JsonObject[] = asObjects(event.data['embeds']).map(({ url: _url, provider: _provider, ...embed }) => ({
    ...embed,
    type: 'rich',
  }));
  return { ...event, data: { ...event.data, embeds } };
}
