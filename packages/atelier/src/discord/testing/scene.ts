import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createFakeClock, type FakeClock } from '@atelier/lib/clock';
import type { DiscordSession, SessionEvent } from '../discord.ts';
import { createDiscordSession } from '../session.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { createLogTap } from './log-tap.ts';
import { hello, ready, startScriptedGateway, type Peer, type ScriptedGateway } from './scripted-gateway.ts';

export const TOKEN = 'user-token-that-must-not-leak';
/** At least this lies between two Identifies. */
const IDENTIFY_INTERVAL_MS = 5_000;

interface Scene {
  gateway: ScriptedGateway;
  clock: FakeClock;
  session: DiscordSession;
  events: Inbox<SessionEvent>;
  log: ReturnType<typeof createLogTap>;
}

/** A session with `random` always a half, and the gateway it connects to. Closed after the test, which checks for leaks. */
export async function setUp(t: TestContext, options: { gateway?: ScriptedGateway; gatewayUrl?: string } = {}): Promise<Scene> {
  const gateway = options.gateway ?? (await startScriptedGateway());
  const clock = createFakeClock();
  const log = createLogTap();
  const session = createDiscordSession({
    token: TOKEN,
    endpoints: { restUrl: 'http://127.0.0.1:9/api/v9', gatewayUrl: options.gatewayUrl ?? gateway.url },
    clock,
    log: log.log,
    random: () => 0.5,
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

/** Connects up to READY, and reads what came of it. */
export async function goLive(scene: Scene, sessionId = 'session-1'): Promise<Peer> {
  scene.session.ready().catch(() => undefined);
  const peer = await scene.gateway.connections.next();
  await introduce(scene, peer, sessionId);
  return peer;
}

export async function introduce(scene: Scene, peer: Peer, sessionId: string): Promise<void> {
  await peer.send(hello);
  assert.equal((await peer.received.next())['op'], 2);
  await peer.send(ready({ sessionId, resumeUrl: `${scene.gateway.url}/resume-here` }));
  assert.deepEqual(await scene.events.next(), {
    type: 'ready',
    info: { userId: '111111111111111111', username: 'ada', sessionId },
  });
}

/** After the connection has gone: lets the wait pass and takes the next connection. */
export async function reconnect(scene: Scene): Promise<Peer> {
  assert.equal((await scene.events.next()).type, 'disconnected');
  await passWait(scene);
  return scene.gateway.connections.next();
}

/** Lets the wait pass that the log announces next, or as much longer as an Identify has to wait; returns what was announced. */
export async function passWait(scene: Pick<Scene, 'log' | 'clock'>): Promise<number> {
  const line = await scene.log.inbox.nextWhere((text) => text.includes('connecting again'));
  const { waitMs } = JSON.parse(line) as { waitMs: number };
  await scene.clock.advance(Math.max(waitMs, IDENTIFY_INTERVAL_MS));
  return waitMs;
}
