import { asObject, asObjects, asText, type JsonObject } from '@atelier/lib/json';
import type { ChannelEffect, ChannelEvent } from '../channel-state.ts';

/** One line for the log of a run: an event of the engine. */
export function describeEvent(event: ChannelEvent): string {
  if (event.type === 'dispatch') return `${event.name} ${describeMessage(asObject(event.data) ?? {})}`;
  if (event.type === 'history-read') return `history-read ${event.found ? describeFound(event.found) : 'failed'}`;
  if (event.type !== 'job-added') return JSON.stringify(event);
  const { jobId, input, operation } = event.job;
  return `job-added ${jobId} ${event.isResumed ? 'resumed ' : ''}${JSON.stringify(input)} ${JSON.stringify(operation)}`;
}

/** One line for an effect. */
export function describeEffect(effect: ChannelEffect): string {
  if (effect.type === 'late-result') return `late-result ${effect.jobId} ${effect.parsed.message.id}`;
  if (effect.type === 'ask')
    return `ask ${effect.jobId} ${JSON.stringify(effect.ask)} nonce ${effect.nonce}${effect.mustWrite ? ' after a write' : ''}`;
  if (effect.type !== 'report') return JSON.stringify(effect);
  const { jobId, update } = effect;
  const ids = 'operation' in update && update.operation ? idsOf(asObject(update.operation) ?? {}) : '';
  const rest = 'failure' in update ? JSON.stringify(update.failure) : 'percent' in update ? `${update.percent} %` : '';
  return `report ${jobId} ${update.type} ${rest} ${ids}`;
}

const idsOf = ({ nonces, interactionIds, messageIds, jobUuids, lastWords }: JsonObject): string =>
  JSON.stringify({
    nonces,
    interactionIds,
    messageIds,
    jobUuids,
    ...(lastWords ? { lastWords: asText(asObject(asObject(lastWords)?.['failure'])?.['title']) ?? '' } : {}),
  });

const describeFound = ({ messages, isComplete }: { messages: readonly unknown[]; isComplete: boolean }): string =>
  `${isComplete ? '' : 'cut '}${messages.map((message) => `\n${' '.repeat(14)}${describeMessage(asObject(message) ?? {})}`).join('')}`;

function describeMessage(message: JsonObject): string {
  const { id, ids, nonce, content, flags, embeds, attachments, components } = message;
  const origin = asText(asObject(message['interaction_metadata'])?.['id']);
  const reference = asText(asObject(message['message_reference'])?.['message_id']);
  const parts = {
    id,
    ids,
    nonce,
    content: asText(content)?.slice(0, 120),
    flags,
    origin,
    reference,
    embeds: asObjects(embeds).map((embed) => `${asText(embed['title'])}: ${asText(embed['description'])}`),
    files: asObjects(attachments).map((file) => asText(file['filename'])),
    buttons: JSON.stringify(components ?? null).slice(0, 160),
  };
  return JSON.stringify(parts);
}
