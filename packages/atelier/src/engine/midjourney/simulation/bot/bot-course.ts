import type { JsonObject } from '@atelier/lib/json';
import { addPicture, type BotModel, newWords, tellInteraction, toEmbed, type WorkCourse } from './bot-model.ts';
import { bodyOf, cancelRows, fileOf, headingOf, percentText, toMessage, unfurledEmbed } from './bot-texts.ts';
import { postResult } from './bot-results.ts';
import { LATE_REFUSALS, type RefusalText, REMARKS } from './refusal-texts.ts';
import { type SimTruth, type SimWork, truthOf } from '../jobs/truth.ts';

/** How a course goes, drawn at its beginning. */
interface CoursePlan {
  readonly isV2: boolean;
  readonly hidesUuid: boolean;
  readonly stepMs: number;
  /** The step after which the start message vanishes; Infinity if it stays. */
  readonly vanishesAfter: number;
  readonly ending: 'result' | 'nothing' | 'late-refusal' | 'words-then-gone' | 'words-then-result' | 'stuck' | 'stopped';
}

const PERCENTS = [0, 15, 31, 46, 62, 78, 93];

export function runCourse(bot: BotModel, course: WorkCourse): void {
  const { world, situations } = bot;
  const { facts } = course;
  const plan = drawPlan(bot);
  const isPrivateFirst = !course.isQueued && world.chance(situations.thinking);
  if (course.action?.startsWith('Image #') && world.chance(0.3 + situations.withoutStart * 0.7)) {
    tellInteraction(bot, facts, 'INTERACTION_SUCCESS');
    if (plan.ending !== 'nothing') world.after(world.between(500, 8_000), () => postResult(bot, course, plan));
    else course.work.status = 'over';
    return;
  }
  const waitMs = isPrivateFirst ? world.between(1_000, 12_000) : 0;
  if (isPrivateFirst) think(bot, course);
  world.after(waitMs, () => {
    if (course.work.status !== 'running') return;
    postStart(bot, course, { plan, isAnswered: isPrivateFirst });
    schedule(bot, course, plan);
  });
}

function drawPlan({ world, situations }: BotModel): CoursePlan {
  const isVanishing = world.chance(situations.vanishing);
  const ending = (): CoursePlan['ending'] => {
    if (world.chance(situations.stuck)) return 'stuck';
    if (world.chance(situations.noResult)) return 'nothing';
    if (world.chance(situations.lateFailure)) return world.chance(0.1) ? 'stopped' : 'late-refusal';
    return world.chance(situations.remarks / 2) ? (world.chance(0.5) ? 'words-then-gone' : 'words-then-result') : 'result';
  };
  return {
    isV2: world.chance(situations.componentsV2),
    hidesUuid: world.chance(situations.hiddenUuid),
    stepMs: world.between(300, 8_000),
    vanishesAfter: isVanishing ? world.between(0, PERCENTS.length) : Infinity,
    ending: ending(),
  };
}

/** A private "thinking" before the public start message. */
function think(bot: BotModel, { facts: { incoming, interactionId, origin }, work }: WorkCourse): void {
  const id = bot.discord.snowflake();
  const { nonce } = incoming;
  if (incoming.owner === 'stranger') return;
  const message = toMessage({ id, nonce, isPrivate: true, isLoading: true, origin });
  bot.discord.create(message, truthOf({ work, messageId: id, nonce, interactionIds: [interactionId], isPrivate: true }));
}

function postStart(bot: BotModel, course: WorkCourse, { plan, isAnswered }: { plan: CoursePlan; isAnswered: boolean }): void {
  const { discord, world, situations } = bot;
  const { work, facts, echo, action } = course;
  const { nonce, userId } = facts.incoming;
  const id = discord.snowflake();
  work.startId = id;
  const shownNonce = course.isQueued || (isAnswered && world.chance(0.5)) ? null : nonce;
  const origin = course.isQueued && world.chance(0.5) ? null : facts.origin;
  const content = headingOf({ echo, action, userId, tag: 'Waiting to start' });
  const truth = startTruth(course, { nonce: shownNonce, interactionIds: origin ? [facts.interactionId] : [] });
  const common = { id, origin, referenceId: facts.origin.sourceId, ...(shownNonce === null ? {} : { nonce: shownNonce }) };
  world.note(
    () => `bot starts ${work.jobId ?? work.owner}: message ${id} uuid ${work.uuid} ending ${plan.ending} vanishes ${plan.vanishesAfter}`,
  );
  if (world.chance(situations.emptyStart)) {
    discord.create(toMessage({ ...common, isLoading: true }), truth);
    world.after(world.between(50, 1_500), () => discord.edit(id, { flags: 0, content }, { ...truth, nonce: null }));
  } else discord.create(toMessage({ ...common, content, isV2: plan.isV2 }), truth);
  tellInteraction(bot, facts, 'INTERACTION_SUCCESS');
}

/** The truth of the start message; edits keep the interaction that the message answers. */
export function startTruth({ work, facts }: WorkCourse, parts: Partial<SimTruth>): SimTruth {
  return truthOf({
    work,
    kind: 'start',
    messageId: work.startId,
    interactionIds: [facts.interactionId],
    referenceId: facts.origin.sourceId,
    ...parts,
  });
}

function schedule(bot: BotModel, course: WorkCourse, plan: CoursePlan): void {
  const { world, discord, situations } = bot;
  const { work } = course;
  const steps = world.chance(0.15) ? [] : PERCENTS;
  let at = world.between(100, 2_000);
  for (const [index, percent] of steps.entries()) {
    at += plan.stepMs;
    world.after(at, () => showProgress(bot, course, { percent, plan }));
    if (plan.vanishesAfter === index) world.after(at + 150, () => vanish(bot, work));
  }
  if (plan.vanishesAfter >= steps.length && plan.vanishesAfter !== Infinity) world.after(at + 100, () => vanish(bot, work));
  if (world.chance(situations.unfurling) && work.startId !== null) {
    const id = work.startId;
    world.after(world.between(0, at), () => discord.edit(id, { embeds: [unfurledEmbed(world)] }, truthOf({ work, messageId: id }), true));
  }
  const lateMs = plan.vanishesAfter === Infinity ? 0 : world.random.pick([500, 12_000, 60_000, 120_000, 200_000, 900_000]);
  world.after(at + plan.stepMs + lateMs, () => finish(bot, course, plan));
}

const vanish = ({ discord }: BotModel, work: SimWork): void => {
  if (work.startId !== null) discord.remove([work.startId], false);
};

/** Edits of the start message: the preview and the Cancel button show the Midjourney job id, or nothing does. */
function showProgress(bot: BotModel, course: WorkCourse, { percent, plan }: { percent: number; plan: CoursePlan }): void {
  const { discord, world } = bot;
  const { work, facts, echo, action } = course;
  if (work.startId === null || work.status !== 'running' || !discord.has(work.startId)) return;
  const content = headingOf({ echo, action, userId: facts.incoming.userId, tag: percentText(percent, world) });
  const file = fileOf(discord.snowflake(), plan.hidesUuid ? 'grid_0.webp' : `${work.uuid}_grid_0.webp`);
  addPicture(bot, work, file, true);
  const rows = plan.hidesUuid ? [] : cancelRows(work.uuid);
  const body = bodyOf({ id: '', content, attachments: [file], rows, isV2: plan.isV2 });
  const change: JsonObject = { ...body, flags: plan.isV2 ? 32_768 : 0 };
  const uuids = plan.hidesUuid ? [] : [work.uuid];
  discord.edit(work.startId, change, startTruth(course, { uuids, interactionIds: shownInteractions(bot, course) }));
}

/** A message keeps the interaction that it showed when it was made. */
const shownInteractions = ({ discord }: BotModel, { work }: WorkCourse): readonly string[] =>
  discord.messages.find(({ data }) => data['id'] === work.startId)?.truth.interactionIds ?? [];

function finish(bot: BotModel, course: WorkCourse, plan: CoursePlan): void {
  const { world } = bot;
  const { work } = course;
  if (work.status !== 'running') return;
  world.note(() => `bot finishes ${work.jobId ?? work.owner}: ${plan.ending}`);
  switch (plan.ending) {
    case 'result':
      postResult(bot, course, plan);
      return;
    case 'stuck':
      if (world.chance(0.7)) world.after(world.random.pick([1_200_000, 1_900_000, 2_700_000]), () => postResult(bot, course, plan));
      return;
    case 'nothing':
      work.status = 'over';
      vanish(bot, work);
      return;
    case 'stopped':
      work.status = 'over';
      stop(bot, course);
      return;
    case 'late-refusal':
      work.status = 'over';
      say(bot, course, world.random.pick(LATE_REFUSALS));
      if (world.chance(0.4)) world.after(500, () => vanish(bot, work));
      return;
    case 'words-then-gone':
    case 'words-then-result':
      say(bot, course, world.random.pick(REMARKS));
      world.after(world.between(200, 5_000), () => afterWords(bot, course, plan));
  }
}

function afterWords(bot: BotModel, course: WorkCourse, plan: CoursePlan): void {
  const { work } = course;
  if (work.status !== 'running') return;
  if (bot.world.chance(0.7)) vanish(bot, work);
  if (plan.ending === 'words-then-gone') work.status = 'over';
  else bot.world.after(bot.world.between(500, 40_000), () => postResult(bot, course, plan));
}

function stop({ discord, world }: BotModel, course: WorkCourse): void {
  const { work, facts, echo, action } = course;
  if (work.startId === null) return;
  world.note(() => `bot stops ${work.jobId ?? work.owner}`);
  const content = headingOf({ echo, action, userId: facts.incoming.userId, tag: 'Stopped' });
  discord.edit(work.startId, { content, components: [], flags: 0 }, startTruth(course, {}));
}

/** Words about a job that has begun: a reply to its start message, or an edit of it. */
function say(bot: BotModel, course: WorkCourse, text: RefusalText): void {
  const { discord, world } = bot;
  const { work } = course;
  if (work.startId === null) return;
  const words = newWords(bot);
  const embeds = [toEmbed(text, words)];
  world.note(() => `bot says about ${work.jobId ?? work.owner}: ${text.title} ${words}`);
  if (world.chance(0.4) && discord.has(work.startId)) {
    const truth = startTruth(course, { kind: 'words', words, interactionIds: shownInteractions(bot, course) });
    discord.edit(work.startId, { embeds }, truth);
    return;
  }
  const id = discord.snowflake();
  const message = toMessage({ id, nonce: discord.snowflake(), referenceId: work.startId, embeds });
  discord.create(message, truthOf({ work, kind: 'words', messageId: id, referenceId: work.startId, words }));
}
