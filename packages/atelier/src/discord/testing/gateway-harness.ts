import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import type { DiscordSession, Presence, SessionEvent } from '../discord.ts';
import { createDiscordSession } from '../session.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createLogTap } from './log-tap.ts';
import { hello, ready, startScriptedGateway, type Peer, type ScriptedGateway } from './scripted-gateway.ts';

export const TOKEN = 'user-token-that-must-not-leak';
/** Least time between two Identifies. */
const IDENTIFY_INTERVAL_MS = 5_000;

interface GatewayHarness {
  gateway: ScriptedGateway;
  clock: FakeClock;
  session: DiscordSession;
  events: Inbox<SessionEvent>;
  log: ReturnType<typeof createLogTap>;
}

interface HarnessOptions {
  gateway?: ScriptedGateway;
  gatewayUrl?: string;
  restUrl?: string;
  interactionIntervalMs?: number;
  presence?: Presence;
}

/** A session with `random` always 0.5, and the gateway it connects to. After the test it closes both and checks for leaks. */
export async function createTestGatewaySession(t: TestContext, options: HarnessOptions = {}): Promise<GatewayHarness> {
  const gateway = options.gateway ?? (await startScriptedGateway());
  const clock = createFakeClock();
  const log = createLogTap();
  const session = createDiscordSession({
    token: TOKEN,
    endpoints: { restUrl: options.restUrl ?? 'http://127.0.0.1:9/api/v9', gatewayUrl: options.gatewayUrl ?? gateway.url },
    clock,
    log: log.log,
    random: () => 0.5,
    ...(options.presence && { presence: options.presence }),
    ...(options.interactionIntervalMs !== undefined && { limits: { interactionIntervalMs: options.interactionIntervalMs } }),
  });
  const events = createInbox<SessionEvent>();
  session.subscribe((event) => events.put(event));
  t.after(async () => {
    await session.close();
    await gateway.close();
    assert.equal(clock.pending(), 0, 'timers are left');
    assert.ok(!log.lines.join('').includes(TOKEN), 'the token is in the log');
  });
  return { gateway, clock, session, events, log };
}

/** Connects up to READY, and reads the `ready` event. */
export async function goLive(harness: GatewayHarness, sessionId = 'session-1'): Promise<Peer> {
  harness.session.ready().catch(() => undefined);
  const peer = await harness.gateway.connections.next();
  await introduce(harness, peer, sessionId);
  return peer;
}

export async function introduce(harness: GatewayHarness, peer: Peer, sessionId: string): Promise<void> {
  await peer.send(hello);
  assert.equal((await peer.received.next())['op'], 2);
  await peer.send(ready({ sessionId, resumeUrl: `${harness.gateway.url}/resume-here` }));
  assert.deepEqual(await harness.events.next(), {
    type: 'ready',
    info: { userId: '111111111111111111', username: 'ada', sessionId },
  });
}

/** After the connection has ended: lets the delay pass and takes the next connection. */
export async function reconnect(harness: GatewayHarness): Promise<Peer> {
  assert.equal((await harness.events.next()).type, 'disconnected');
  await passWait(harness);
  return harness.gateway.connections.next();
}

/** Lets the next delay in the log pass, and the interval of Identifies if that is longer. Returns the logged delay. */
export async function passWait(harness: Pick<GatewayHarness, 'log' | 'clock'>): Promise<number> {
  const line = await harness.log.inbox.nextWhere((text) => text.includes('connecting again'));
  const { waitMs } = JSON.parse(line) as { waitMs: number };
  await harness.clock.advance(Math.max(waitMs, IDENTIFY_INTERVAL_MS));
  return waitMs;
}
