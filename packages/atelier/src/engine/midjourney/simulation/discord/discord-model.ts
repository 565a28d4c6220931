import { type JsonObject, textAt } from '@atelier/lib/json';
import { type SimTruth, truthOf } from '../jobs/truth.ts';
import type { SimWorld } from '../world.ts';

/** Discord as the engine sees it: one channel, and the gateway of one user. */
export interface DiscordModel {
  readonly world: SimWorld;
  readonly isConnected: boolean;
  readonly sessionId: string;
  /** A new id by Discord's clock. */
  snowflake(): string;
  /** A message appears; a private one is in no history. */
  create(message: JsonObject, truth: SimTruth): void;
  /** Replaces parts of a message. `isPartial`: the event carries these parts alone. Nothing happens if the message is gone. */
  edit(id: string, change: JsonObject, truth: SimTruth, isPartial?: boolean): void;
  remove(ids: readonly string[], isBulk: boolean): void;
  /** An event for the sessions of our user alone. */
  tell(name: string, data: JsonObject, truth: SimTruth): void;
  has(id: string): boolean;
  /** The messages that are there now, oldest first. */
  readonly messages: readonly StoredModelMessage[];
  history(afterId: string, limit: number): { messages: JsonObject[]; truths: SimTruth[]; isComplete: boolean };
  /** Cuts the connection for a time. Not resumable: a new session begins, and the events of the meantime are lost. */
  cut(ms: number, isResumable: boolean): void;
  /** The user's own process is down: its session ends. */
  disconnect(): void;
  connect(): void;
  /** The guild's message events do not arrive for a time, although the connection is well. */
  deafen(ms: number): void;
  listen(listener: GatewayListener): void;
}

interface StoredModelMessage {
  readonly data: JsonObject;
  readonly truth: SimTruth;
}

export interface GatewayListener {
  onDispatch(name: string, data: JsonObject, truth: SimTruth): void;
  onReady(sessionId: string): void;
  onResumed(): void;
}

interface GatewayEvent {
  readonly name: string;
  readonly data: JsonObject;
  readonly truth: SimTruth;
}

interface GatewayState {
  connection: 'up' | 'cut' | 'lost' | 'down';
  session: number;
  /** Ends scheduled returns of an earlier cut. */
  version: number;
  missed: GatewayEvent[];
  deafUntilMs: number;
  lastArrivalMs: number;
  listener: GatewayListener;
}

const DISCORD_EPOCH_MS = 1_420_070_400_000;
const NOBODY: GatewayListener = { onDispatch() {}, onReady() {}, onResumed() {} };

export function createDiscordModel(world: SimWorld, { skewMs, duplicates }: { skewMs: number; duplicates: number }): DiscordModel {
  const stored = new Map<string, StoredModelMessage>();
  let lastId = 0n;
  const gateway: GatewayState = {
    connection: 'up',
    session: 1,
    version: 0,
    missed: [],
    deafUntilMs: 0,
    lastArrivalMs: 0,
    listener: NOBODY,
  };
  const emit = (name: string, data: JsonObject, truth: SimTruth): void => emitEvent(world, gateway, { name, data, truth });

  return {
    world,
    get messages() {
      return [...stored.values()];
    },
    get isConnected() {
      return gateway.connection === 'up';
    },
    get sessionId() {
      return `session-${gateway.session}`;
    },
    listen(listener) {
      gateway.listener = listener;
    },
    snowflake() {
      const now = BigInt(Math.max(0, world.nowMs + skewMs - DISCORD_EPOCH_MS)) << 22n;
      lastId = now > lastId ? now : lastId + 1n;
      return String(lastId);
    },
    create(message, truth) {
      const { nonce: _nonce, ...kept } = message;
      if (!truth.isPrivate) stored.set(textAt(message, 'id'), { data: kept, truth: { ...truth, nonce: null } });
      emit('MESSAGE_CREATE', message, truth);
    },
    edit(id, change, truth, isPartial = false) {
      const before = stored.get(id);
      if (!before && !truth.isPrivate) return;
      const data = { ...before?.data, ...change };
      if (!truth.isPrivate) stored.set(id, { data, truth: isPartial && before ? before.truth : truth });
      emit('MESSAGE_UPDATE', isPartial ? { id, channel_id: data['channel_id'] ?? '', ...change } : data, truth);
    },
    remove(ids, isBulk) {
      const there = ids.filter((id) => stored.delete(id));
      const place = { channel_id: CHANNEL_ID, guild_id: GUILD_ID };
      if (isBulk && there.length > 0) emit('MESSAGE_DELETE_BULK', { ids: there, ...place }, truthOf({}));
      else for (const id of there) emit('MESSAGE_DELETE', { id, ...place }, truthOf({}));
    },
    tell: emit,
    has: (id) => stored.has(id),
    history(afterId, limit) {
      const after = BigInt(afterId);
      const found = [...stored.values()]
        .filter(({ data }) => BigInt(textAt(data, 'id')) > after)
        .toSorted((a, b) => (BigInt(textAt(a.data, 'id')) < BigInt(textAt(b.data, 'id')) ? -1 : 1));
      const page = found.slice(0, limit);
      return { messages: page.map(({ data }) => data), truths: page.map(({ truth }) => truth), isComplete: page.length === found.length };
    },
    cut: (ms, isResumable) => cutGateway(world, gateway, { ms, isResumable, duplicates }),
    disconnect() {
      gateway.connection = 'down';
      gateway.version += 1;
      gateway.missed = [];
    },
    connect() {
      gateway.session += 1;
      gateway.version += 1;
      gateway.connection = 'up';
      gateway.listener.onReady(`session-${gateway.session}`);
    },
    deafen(ms) {
      gateway.deafUntilMs = world.nowMs + ms;
    },
  };
}

export const CHANNEL_ID = '2000000000000000002';
export const GUILD_ID = '3000000000000000003';

/** Events of one connection arrive one after the other. */
function emitEvent(world: SimWorld, gateway: GatewayState, event: GatewayEvent): void {
  const isMessage = event.name.startsWith('MESSAGE_') && !event.truth.isPrivate;
  if (isMessage && world.nowMs < gateway.deafUntilMs) return;
  if (gateway.connection === 'cut') gateway.missed.push(event);
  if (gateway.connection !== 'up') return;
  const { version } = gateway;
  gateway.lastArrivalMs = Math.max(gateway.lastArrivalMs, world.nowMs + world.between(5, 60));
  world.after(gateway.lastArrivalMs - world.nowMs, () => {
    // An event that was under way when the connection broke is replayed, or lost with the session.
    if (gateway.version === version) gateway.listener.onDispatch(event.name, event.data, event.truth);
    else if (gateway.connection === 'cut') gateway.missed.push(event);
  });
}

function cutGateway(
  world: SimWorld,
  gateway: GatewayState,
  { ms, isResumable, duplicates }: { ms: number; isResumable: boolean; duplicates: number },
): void {
  if (gateway.connection !== 'up') return;
  gateway.connection = isResumable ? 'cut' : 'lost';
  gateway.version += 1;
  gateway.missed = [];
  const { version } = gateway;
  world.after(ms, () => {
    if (gateway.version !== version) return;
    gateway.connection = 'up';
    if (!isResumable) {
      gateway.session += 1;
      gateway.listener.onReady(`session-${gateway.session}`);
      return;
    }
    for (const event of replayOf(world, gateway.missed.splice(0), duplicates)) {
      gateway.listener.onDispatch(event.name, event.data, event.truth);
    }
    gateway.listener.onResumed();
  });
}

/** Some events twice, some neighbours exchanged. */
function replayOf(world: SimWorld, missed: readonly GatewayEvent[], duplicates: number): GatewayEvent[] {
  const replay = missed.flatMap((event) => (world.chance(duplicates) ? [event, event] : [event]));
  for (let at = 1; at < replay.length; at++) {
    const [before, after] = [replay[at - 1], replay[at]];
    if (!before || !after || !world.chance(duplicates / 2)) continue;
    replay[at - 1] = after;
    replay[at] = before;
  }
  return replay;
}
