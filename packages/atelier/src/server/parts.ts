import type { Clock } from '@atelier/lib/clock';
import type { Ids } from '@atelier/lib/ids';
import type { Log } from '@atelier/lib/log';
import type { Config } from '../config/config.ts';
import type { Uploads } from '../core/asset.ts';
import type { ServerEvents } from '../core/events.ts';
import type { DialectName } from '../core/job.ts';
import type { JobWatch } from '../core/watch.ts';
import type { SessionLimits } from '../discord/limits.ts';
import type { Dialect } from '../http/dialect.ts';
import type { DiscordWay } from './discord-way.ts';
import type { Foundation } from './foundation.ts';
import type { ShutdownHooks } from './shutdown.ts';
import type { Upstreams } from './upstreams.ts';

export interface StartDeps {
  clock: Clock;
  log: Log;
  /** Time-outs and pace of Discord sessions, for tests that break many connections. */
  discordLimits?: Partial<SessionLimits>;
}

/** The parts that all three sides of the server share. */
export interface ServerParts extends Required<StartDeps>, Foundation {
  config: Config;
  ids: Ids;
  hooks: ShutdownHooks;
  events: ServerEvents;
  watch: JobWatch;
  upstreams: Upstreams;
  uploads: Uploads;
  way: DiscordWay;
  /** Base URL of links; the empty string until the server listens. */
  publicUrl(): string;
  /** The dialects, which render callbacks; filled by `accept`. */
  dialects: Map<DialectName, Dialect>;
}
