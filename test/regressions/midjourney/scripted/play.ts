import { randomUUID } from 'node:crypto';
import type { Clock } from '@atelier/lib/clock';
import { BOT_ID, type Channels } from './channels.ts';
import type { GatewayBehaviour, ScriptedGateway } from './gateway.ts';
import type { Pictures } from './pictures.ts';
import type { CannedAnswer, RestBehaviour } from './rest.ts';
import { fillIn, type Scope, type Step } from './steps.ts';
import { fieldsOf, textOf, type Fields } from './wire.ts';

export interface ScriptedBehaviour extends GatewayBehaviour, RestBehaviour {
  /** Milliseconds that Discord's clock is ahead of ours; negative: behind. */
  skewMs: number;
  /** Whether MESSAGE_UPDATE has the whole message, as Discord sends it today, or the changed fields. */
  updates: 'full' | 'partial';
  /** Tokens that Discord accepts. All belong to the same user. */
  tokens: Set<string>;
}

/** One accepted `POST /interactions` with its playing. */
export interface PlayedInteraction {
  /** Name of the command, or `button` or `form`. */
  name: string;
  prompt: string;
  nonce: string;
  payload: Fields;
  atMs: number;
  scope: Scope;
  /** Resolves when the whole script was played. */
  played: Promise<void>;
}

/** Answers an interaction: chooses the steps to play. */
export type Respond = (interaction: Omit<PlayedInteraction, 'played'>) => readonly Step[];

export const USER_ID = '410000000000000001';
export const PRIVATE_CHANNEL_ID = '610000000000000009';
export const ACCOUNT = { token: 'old-token-aaaa', userId: USER_ID, guildId: '510000000000000001', channelId: '610000000000000001' };
/** State of one stand-in. */
export interface DiscordState {
  readonly clock: Clock;
  readonly behaviour: ScriptedBehaviour;
  readonly nextId: () => string;
  readonly channels: Channels;
  readonly pictures: Pictures;
  readonly gateway: ScriptedGateway;
  readonly interactions: PlayedInteraction[];
  readonly requests: { route: string; status: number; atMs: number }[];
  readonly canned: CannedAnswer[];
  /** Paths of CDN files by scope and name. */
  readonly cdnPaths: Map<Scope, Map<string, string>>;
  respond: Respond;
  url: string;
  isClosed: boolean;
}

/** A new set of values for one playing of a script. */
export function createScope(state: DiscordState, about: { nonce: string; interaction: string; channel: string; prompt: string }): Scope {
  const known = new Map<string, string>();
  const { prompt, channel, ...ids } = about;
  const make = (kind: 'id' | 'uuid' | 'cdn', name: string): string => {
    if (kind === 'uuid') return randomUUID();
    const id = state.nextId();
    if (kind === 'id') return id;
    const path = state.pictures.add({ channelId: channel, id }, name, name.startsWith('preview') ? 'grid_0.webp' : `${name}.png`);
    const paths = state.cdnPaths.get(scope) ?? new Map<string, string>();
    state.cdnPaths.set(scope, paths.set(name, path));
    const seconds = Math.floor(state.clock.now() / 1_000);
    return `${state.url}${path}?ex=${(seconds + 86_400).toString(16)}&is=${seconds.toString(16)}&hm=${'0'.repeat(64)}&`;
  };
  const scope: Scope = {
    prompt,
    values: { ...ids, channel, user: USER_ID, guild: ACCOUNT.guildId, bot: BOT_ID },
    named(kind, name) {
      const key = `${kind}:${name}`;
      const value = known.get(key) ?? make(kind, name);
      known.set(key, value);
      return value;
    },
  };
  return scope;
}

/** Plays steps one after the other; stops when the stand-in is closed. */
export async function playSteps(state: DiscordState, steps: readonly Step[], scope: Scope): Promise<void> {
  for (const step of steps) {
    const { afterMs = 0 } = step;
    if (afterMs > 0) await new Promise<void>((resolve) => void state.clock.after(afterMs, resolve));
    if (state.isClosed) return;
    perform(state, step, scope);
  }
}

function perform(state: DiscordState, step: Step, scope: Scope): void {
  const { gateway, channels } = state;
  const channelId = scope.values['channel'] ?? '';
  const place = { channelId, guildId: channelId === PRIVATE_CHANNEL_ID ? '' : ACCOUNT.guildId };
  const data = fieldsOf(fillIn(step.data ?? {}, scope));
  const send = (name: string, about: Fields): void =>
    gateway.dispatch(USER_ID, { name, data: about, ...(isHeardByMembers(name, about) && { guildId: place.guildId }) });
  if (step.do === 'lose-session') gateway.cut({ forget: true });
  else if (step.do === 'cut') gateway.cut();
  else if (step.do === 'history-only') channels.add(data, place);
  else if (step.do === 'gone-from-history') channels.remove(channelId, [textOf(data['id'])]);
  else if (step.event === 'MESSAGE_CREATE') send(step.event, channels.add(data, place));
  else if (step.event === 'MESSAGE_UPDATE') send(step.event, channels.change(data, place, state.behaviour.updates));
  else if (step.event === 'MESSAGE_DELETE' || step.event === 'MESSAGE_DELETE_BULK') {
    channels.remove(channelId, Array.isArray(data['ids']) ? data['ids'].map(textOf) : [textOf(data['id'])]);
    send(step.event, { channel_id: place.channelId, ...(place.guildId === '' ? {} : { guild_id: place.guildId }), ...data });
  } else if (step.event !== undefined) send(step.event, data);
}

/** Members of a server hear its messages; private answers and interactions go to their user. */
const isHeardByMembers = (name: string, { guild_id: guildId }: Fields): boolean => name.startsWith('MESSAGE_') && guildId !== undefined;
