import type { Clock } from '@atelier/lib/clock';
import { createRandom, type Random } from '@atelier/lib/random';
import type { Switches } from '../switches.ts';
import { createFileStore, type FileStore } from './file-store.ts';
import { createGateway, type GatewayDependencies, type SimulatedGateway } from './gateway/gateway.ts';
import { membersChunk, readyEvents, wantsFreshToken } from './gateway/ready.ts';
import { createSessions, type SessionTable } from './gateway/sessions.ts';
import { createHub, type Hub } from './hub.ts';
import { createSnowflakes } from './ids.ts';
import { createInteractionDelivery, type InteractionDelivery } from './conditions/interaction-delivery.ts';
import { createInteractionLog, type InteractionLog } from './interaction-log.ts';
import { createModals, type Modals } from './interactions.ts';
import { createCommandRegistry, type CommandRegistry, type RegisteredApplication } from './rest/commands.ts';
import { createRestJournal, type RestJournal } from './rest/rest-faults.ts';
import { createTokens, type TokenTable } from './conditions/tokens.ts';

export interface DiscordDependencies {
  clock: Clock;
  random: Random;
  /** For the faults that meet a share of requests. */
  seed: number;
  switches: Switches;
  /** `http://host:port`, known once the server listens. */
  baseUrl: () => string;
  /** The applications that users can ask. */
  applications: readonly RegisteredApplication[];
}

/** The parts of the simulated Discord behind its REST interface and its gateway. */
export interface SimulatedDiscord {
  /** Discord's own clock, which a switch sets ahead or behind. */
  clock: Clock;
  nextId: () => string;
  files: FileStore;
  sessions: SessionTable;
  tokens: TokenTable;
  hub: Hub;
  commands: CommandRegistry;
  modals: Modals;
  journal: RestJournal;
  interactionLog: InteractionLog;
  delivery: InteractionDelivery;
  gateway: SimulatedGateway;
}

/** A Discord without accounts, not listening yet. */
export function createDiscord(dependencies: DiscordDependencies): SimulatedDiscord {
  const { random, seed, switches, baseUrl, applications } = dependencies;
  const clock: Clock = { now: () => dependencies.clock.now() + switches.clockSkewMs, after: dependencies.clock.after };
  const nextId = createSnowflakes(clock);
  const files = createFileStore({ clock, switches, secret: random.hex(32), baseUrl });
  const sessions = createSessions({ clock, random, switches });
  const tokens = createTokens({ clock: dependencies.clock, switches });
  const hub = createHub({ clock, switches, tokens, files, sessions, nextId });
  const readyOf: GatewayDependencies['readyOf'] = ({ id }, client, session) => {
    const account = hub.accountByUser(id);
    const freshToken = switches.freshTokens && wantsFreshToken(client) ? tokens.renew(id) : null;
    return account
      ? readyEvents(hub, account, client, {
          session,
          extras: { freshToken, bytes: switches.readyBytes, requiredAction: switches.requiredAction },
        })
      : [];
  };
  return {
    clock,
    nextId,
    files,
    sessions,
    tokens,
    hub,
    commands: createCommandRegistry(applications),
    modals: createModals(),
    // Records and ends of faults are the test's business, so they go by the right clock.
    journal: createRestJournal({ clock: dependencies.clock, random: createRandom(seed) }),
    interactionLog: createInteractionLog(dependencies.clock),
    delivery: createInteractionDelivery({ clock, switches, hub }),
    gateway: createGateway({
      clock: dependencies.clock,
      switches,
      sessions,
      userOf(token) {
        const account = hub.accountByToken(token);
        return account && { id: account.user.id, token };
      },
      membersOf: (userId, request) => membersChunk(hub, hub.accountByUser(userId), request),
      readyOf,
      resumeUrl: () => baseUrl().replace(/^http/, 'ws'),
    }),
  };
}
