import type { Clock } from '@atelier/lib/clock';
import type { Random } from '@atelier/lib/random';
import type { Hub } from '../discord/hub.ts';
import { idText } from '../discord/ids.ts';
import { FLAG_EPHEMERAL, type User } from '../discord/model.ts';
import { MIDJOURNEY } from '../midjourney-bot/commands.ts';
import type { Switches } from '../switches.ts';
import type { SimulatorControl } from './simulator-control.ts';
import { postStrangers } from './strangers.ts';

export interface ChannelControlDependencies {
  clock: Clock;
  random: Random;
  switches: Switches;
  hub: Hub;
  nextId: () => string;
}

/** The commands of the control that act on the messages of a channel. */
export type ChannelControl = Pick<SimulatorControl, 'postMessage' | 'postStrangers'>;

export function createChannelControl(dependencies: ChannelControlDependencies): ChannelControl {
  const { hub, switches } = dependencies;
  const requireChannel = (channelId: string): string => {
    if (!hub.channel(channelId)) throw new RangeError(`there is no channel ${channelId}`);
    return channelId;
  };
  /** Runs `act` with or without events to the users. */
  const heard = <Result>(events: boolean, act: () => Result): Result => {
    const before = switches.messageEvents;
    switches.messageEvents = before && events;
    try {
      return act();
    } finally {
      switches.messageEvents = before;
    }
  };
  return {
    postMessage(channelId, { message, events = true, edits, userId }) {
      requireChannel(channelId);
      const { nonce, content, flags: givenFlags, author, ...raw } = message;
      const flags = typeof givenFlags === 'number' ? givenFlags : 0;
      if (edits !== undefined) {
        const found = hub.find(channelId, edits);
        if (!found) throw new RangeError(`there is no message ${edits} in this channel`);
        heard(events, () => hub.edit(found, { raw: { ...found.raw, ...message } }));
        return { id: found.id };
      }
      const draft = {
        content: idText(content) ?? '',
        nonce: idText(nonce),
        flags,
        ephemeralFor: (flags & FLAG_EPHEMERAL) === 0 ? null : (userId ?? hub.accounts()[0]?.user.id ?? null),
        raw,
      };
      return { id: heard(events, () => hub.post(channelId, authorOf(author), draft)).id };
    },
    postStrangers: (traffic) =>
      postStrangers(dependencies, requireChannel(traffic.channelId ?? hub.accounts()[0]?.channelId ?? ''), traffic),
  };
}

/** The author that a hand-written message names; the bot by default. */
function authorOf(author: unknown): User {
  if (typeof author !== 'object' || author === null || !('id' in author)) return MIDJOURNEY;
  const username = 'username' in author ? String(author.username) : 'somebody';
  return { id: String(author.id), username, globalName: username, bot: 'bot' in author && author.bot === true };
}
