import { type JsonObject, textAt } from '@atelier/lib/json';
import { BOT_ID, headingOf, type MessageOrigin, OUR_USER } from './bot-texts.ts';
import type { DiscordModel } from '../discord/discord-model.ts';
import type { RefusalText } from './refusal-texts.ts';
import type { Situations } from '../discord/situations.ts';
import { type SimOwner, type SimWork, truthOf } from '../jobs/truth.ts';
import type { SimWorld } from '../world.ts';

/** A request as it reaches the bot. */
export type SimRequest =
  | { kind: 'imagine'; prompt: string }
  | { kind: 'press'; customId: string; messageId: string; prompt: string; action: string }
  | { kind: 'form'; formId: string; text: string }
  | { kind: 'show'; uuid: string }
  | { kind: 'command'; name: string };

export interface IncomingRequest {
  readonly nonce: string;
  readonly owner: SimOwner;
  readonly jobId: string | null;
  readonly userId: string;
  readonly request: SimRequest;
  readonly requestKey: string;
}

/** The bot. It keeps the truth about everything that it paints and says. */
export interface BotModel {
  readonly world: SimWorld;
  readonly discord: DiscordModel;
  readonly situations: Situations;
  readonly works: SimWork[];
  /** The job of each link to a picture; previews too. */
  readonly pictures: Map<string, { work: SimWork; isPreview: boolean }>;
  readonly forms: Map<string, { incoming: IncomingRequest; interactionId: string }>;
  /** A state of our account; null while it may paint. */
  account: { text: RefusalText; untilMs: number } | null;
  wordCount: number;
}

export const createBotModel = (discord: DiscordModel, situations: Situations): BotModel => ({
  world: discord.world,
  discord,
  situations,
  works: [],
  pictures: new Map(),
  forms: new Map(),
  account: null,
  wordCount: 0,
});

/** The bot's answer to an interaction: where it stands and how it is named. */
export interface InteractionFacts {
  readonly incoming: IncomingRequest;
  readonly interactionId: string;
  readonly origin: MessageOrigin;
}

/** One job in the bot's hands, from its start message to its end. */
export interface WorkCourse {
  readonly facts: InteractionFacts;
  readonly work: SimWork;
  readonly action: string | null;
  readonly echo: string;
  /** The bot had queued the job: its start message has no nonce. */
  readonly isQueued: boolean;
}

/** The events of an interaction go to the user's own sessions. */
export function tellInteraction(bot: BotModel, { incoming, interactionId: id }: InteractionFacts, name: string): void {
  const { world, discord, situations } = bot;
  const { nonce, owner } = incoming;
  if (owner === 'stranger' || world.chance(situations.lostInteractionEvents)) return;
  const reason = name === 'INTERACTION_FAILURE' ? { reason_code: 2 } : {};
  discord.tell(name, { id, nonce, ...reason }, truthOf({ nonce, interactionIds: [id] }));
}

export const newWords = (bot: BotModel): string => `[words ${++bot.wordCount}]`;

export const toEmbed = ({ title, description, color }: RefusalText, words: string): JsonObject => ({
  type: 'rich',
  title,
  description: `${description} ${words}`,
  color,
});

export function addWork(bot: BotModel, incoming: IncomingRequest, status: SimWork['status']): SimWork {
  const { owner, jobId, nonce, requestKey } = incoming;
  const work: SimWork = { uuid: bot.world.random.uuid(), owner, jobId, nonce, requestKey, status, startId: null, pictures: [] };
  bot.works.push(work);
  return work;
}

export function addPicture(bot: BotModel, work: SimWork, file: JsonObject, isPreview = false): void {
  const url = textAt(file, 'url');
  bot.pictures.set(url, { work, isPreview });
  if (!isPreview) work.pictures.push(url);
}

/** The bot stops a job, because a person asked it to. */
export function stopWork(bot: BotModel, jobId: string): void {
  for (const work of bot.works) {
    if (work.jobId !== jobId || work.status !== 'running') continue;
    work.status = 'over';
    if (work.startId === null) continue;
    const content = headingOf({ echo: 'a picture', action: null, userId: OUR_USER, tag: 'Stopped' });
    bot.discord.edit(
      work.startId,
      { content, components: [], author: { id: BOT_ID, bot: true } },
      truthOf({ work, kind: 'other', messageId: work.startId }),
    );
  }
}
