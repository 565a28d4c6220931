import type { Clock } from '@atelier/lib/clock';
import type { Random } from '@atelier/lib/random';
import type { FileStore } from '../discord/file-store.ts';
import type { SimulatedGateway } from '../discord/gateway/gateway.ts';
import type { DiscordAccount } from '../discord/model.ts';
import type { Hub } from '../discord/hub.ts';
import type { InteractionLog } from '../discord/interaction-log.ts';
import type { Outage } from '../discord/conditions/outage.ts';
import type { CommandRegistry } from '../discord/rest/commands.ts';
import { toFaultError, type RestFault, type RestJournal } from '../discord/rest/rest-faults.ts';
import type { TokenTable } from '../discord/conditions/tokens.ts';
import type { Gallery } from '../midjourney-bot/jobs/gallery.ts';
import { jobFacts } from '../midjourney-bot/midjourney.ts';
import type { JobRunner } from '../midjourney-bot/jobs/job-runner.ts';
import type { RefusalName } from '../midjourney-bot/jobs/refusals.ts';
import type { NoticePlace } from '../midjourney-bot/notices.ts';
import type { Subscriber } from '../midjourney-bot/subscribers.ts';
import { defaultSwitches, switchFault, type Switches } from '../switches.ts';
import { createAccountControl } from './control-accounts.ts';
import { createChannelControl } from './control-channels.ts';
import type { NewFault, SimulatorControl } from './simulator-control.ts';

export interface ControlDependencies {
  clock: Clock;
  random: Random;
  switches: Switches;
  hub: Hub;
  tokens: TokenTable;
  files: FileStore;
  gateway: SimulatedGateway;
  commands: CommandRegistry;
  journal: RestJournal;
  interactionLog: InteractionLog;
  runner: JobRunner;
  gallery: Gallery;
  subscribers: Map<string, Subscriber>;
  queuedScenarios: Map<string, string[]>;
  /** The bot's notice to an account. */
  notify: (account: DiscordAccount, notice: { name: RefusalName; place: NoticePlace }) => void;
  nextId: () => string;
  outage: Outage;
}

export function createControl(dependencies: ControlDependencies): SimulatorControl {
  const { switches, hub, files, gateway, journal, runner, gallery, interactionLog, queuedScenarios, outage } = dependencies;
  const { requireUser, resetAccounts, ...accountCommands } = createAccountControl(dependencies);
  return {
    ...accountCommands,
    ...createChannelControl(dependencies),
    switches: () => ({ ...switches }),
    setSwitches(patch) {
      const fault = switchFault(patch);
      if (fault !== null) throw new RangeError(fault);
      Object.assign(switches, patch);
    },
    addFault(fault) {
      if (fault.userId !== undefined) requireUser(fault.userId);
      journal.add(toRestFault(fault, dependencies));
    },
    faults: journal.faults,
    clearFaults: journal.clearFaults,
    requests: journal.records,
    dropConnections: gateway.drop,
    closeConnections: gateway.close,
    askToReconnect: gateway.reconnect,
    invalidateSessions: gateway.invalidate,
    askForHeartbeat: gateway.heartbeat,
    forgetSessions: gateway.forget,
    connections: () => gateway.connections().length,
    dispatch(userId, name, data) {
      requireUser(userId);
      hub.tell(userId, name, data);
    },
    bumpCommands: () => bumpCommands(dependencies),
    expireLinks: files.expireAll,
    beginOutage: (forMs) => outage.begin(forMs ?? null),
    endOutage: outage.end,
    interactions: interactionLog.interactions,
    askedJobs: interactionLog.jobs,
    counts: interactionLog.counts,
    jobs: () => runner.jobs().map(({ id, plan, state }) => ({ id, ...jobFacts(plan), state })),
    reset() {
      Object.assign(switches, defaultSwitches());
      journal.clear();
      interactionLog.clear();
      queuedScenarios.clear();
      runner.reset();
      gallery.clear();
      resetAccounts();
    },
  };
}

function toRestFault(fault: NewFault, { clock, switches }: Pick<ControlDependencies, 'clock' | 'switches'>): RestFault {
  const { kind, path, route = null, method = null, userId = null, forMs, chance = 1, scope = 'user' } = fault;
  if (route !== null && path !== undefined) throw new RangeError('path and route exclude each other');
  const { status = 503, retryAfterMs = switches.retryAfterMs } = fault;
  return {
    kind,
    path: path ?? (route === null ? '/interactions' : null),
    route,
    method,
    userId,
    times: fault.times ?? (forMs === undefined ? 1 : null),
    untilMs: forMs === undefined ? null : clock.now() + forMs,
    chance,
    error: toFaultError(kind, { status, retryAfterMs, scope, namesWait: fault.retryAfterMs !== undefined }),
  };
}

/** New versions, and the event that tells every user. */
function bumpCommands({ commands, hub }: Pick<ControlDependencies, 'commands' | 'hub'>): void {
  commands.bump();
  for (const { user, guildId } of hub.accounts())
    hub.tell(user.id, 'GUILD_APPLICATION_COMMAND_INDEX_UPDATE', {
      guild_id: guildId,
      application_command_counts: { '1': commands.list().length },
      version: commands.list()[0]?.version,
    });
}
