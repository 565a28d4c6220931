import { asObject, asObjects, asText, type JsonObject } from '@atelier/lib/json';
import type { ChannelEffect, ChannelEvent } from '../channel-state.ts';

/** One line for the log of a run: an event of the engine. */
export function describeEvent(event: ChannelEvent): string {
  switch (event.type) {
    case 'dispatch':
      return `${event.name} ${describeMessage(asObject(event.data) ?? {})}`;
    case 'history-read':
      return `history-read ${event.found ? describeFound(event.found) : 'failed'}`;
    case 'job-added':
      return `job-added ${event.job.jobId} ${event.isResumed ? 'resumed ' : ''}${JSON.stringify(event.job.input)} ${JSON.stringify(event.job.operation)}`;
    default:
      return JSON.stringify(event);
  }
}

/** One line for an effect. */
export function describeEffect(effect: ChannelEffect): string {
  switch (effect.type) {
    case 'report': {
      const { update } = effect;
      const ids = 'operation' in update && update.operation ? idsOf(asObject(update.operation) ?? {}) : '';
      const rest = 'failure' in update ? JSON.stringify(update.failure) : 'percent' in update ? `${update.percent} %` : '';
      return `report ${effect.jobId} ${update.type} ${rest} ${ids}`;
    }
    case 'ask':
      return `ask ${effect.jobId} ${JSON.stringify(effect.ask)} nonce ${effect.nonce}${effect.mustWrite ? ' after a write' : ''}`;
    case 'late-result':
      return `late-result ${effect.jobId} ${effect.parsed.message.id}`;
    default:
      return JSON.stringify(effect);
  }
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
