import type { Clock } from '@atelier/lib/clock';
import type { Log } from '@atelier/lib/log';
import type { Random } from '@atelier/lib/random';
import type { Painter } from '../art/painter.ts';
import type { SimulatedDiscord } from '../discord/discord.ts';
import type { InteractionLog } from '../discord/interaction-log.ts';
import type { Interaction } from '../discord/interactions.ts';
import type { DiscordAccount } from '../discord/model.ts';
import type { Application } from '../discord/rest/rest-support.ts';
import type { Switches } from '../switches.ts';
import { createAnswers } from './answers.ts';
import { createBot } from './bot.ts';
import { createGallery, type Gallery } from './jobs/gallery.ts';
import type { JobPlan } from './jobs/job.ts';
import { createJobRun } from './jobs/job-run.ts';
import { createJobRunner, type JobRunner } from './jobs/job-runner.ts';
import type { RefusalName } from './jobs/refusals.ts';
import { postNotice, type NoticePlace } from './notices.ts';
import { createSubscriber, DEFAULT_PLAN, type Subscriber } from './subscribers.ts';

export interface MidjourneyDependencies {
  clock: Clock;
  log: Log;
  random: Random;
  switches: Switches;
  discord: SimulatedDiscord;
  painter: Painter;
  pace: number;
  tilePixels: number;
  baseUrl: () => string;
}

/** The bot with its subscribers, jobs and finished pictures. */
export interface SimulatedMidjourney {
  application: Application;
  runner: JobRunner;
  gallery: Gallery;
  /** By user id. */
  subscribers: Map<string, Subscriber>;
  /** Scenario words for the next interactions of a user. */
  queuedScenarios: Map<string, string[]>;
  /** Shows a notice of no job to an account. */
  notify: (account: DiscordAccount, notice: { name: RefusalName; place: NoticePlace }) => void;
}

export function createMidjourney({ discord, ...dependencies }: MidjourneyDependencies): SimulatedMidjourney {
  const { clock, log, random, pace, switches } = dependencies;
  const { hub, files, nextId, delivery, modals, interactionLog } = discord;
  const gallery = createGallery();
  const subscribers = new Map<string, Subscriber>();
  const queuedScenarios = new Map<string, string[]>();
  const answers = createAnswers({ hub: delivery.botHub, modals });
  const shared = { ...dependencies, hub, files, nextId, answers, gallery };
  const runner = logJobs(createJobRunner({ clock, log, random, pace, perform: createJobRun(shared) }), interactionLog);
  const application = createBot({
    ...shared,
    runner,
    subscriberOf({ account }: Interaction) {
      const known = subscribers.get(account.user.id) ?? createSubscriber(account, DEFAULT_PLAN);
      subscribers.set(account.user.id, known);
      return known;
    },
    takeScenario: (userId) => queuedScenarios.get(userId)?.shift(),
  });
  return {
    application,
    runner,
    gallery,
    subscribers,
    queuedScenarios,
    notify: (account, notice) => postNotice({ hub, random, nextId }, account, { ...notice, untilMs: clock.now() + switches.blockMs }),
  };
}

/** A runner whose jobs are logged when the bot is asked for them. */
const logJobs = (runner: JobRunner, log: InteractionLog): JobRunner => ({
  ...runner,
  submit(plan) {
    const outcome = runner.submit(plan);
    log.job({ ...jobFacts(plan), outcome });
    return outcome;
  },
});

/** The owner, prompt and nonce of a job. */
export const jobFacts = ({ subscriber, prompt, interaction }: JobPlan): { userId: string; prompt: string; nonce: string | null } => ({
  userId: subscriber.account.user.id,
  prompt: prompt.echo,
  nonce: interaction.nonce,
});
