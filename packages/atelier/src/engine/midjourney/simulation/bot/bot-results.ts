import { addPicture, type BotModel, type WorkCourse } from './bot-model.ts';
import { bodyOf, fileOf, gridButtons, headingOf, singleButtons, toMessage, unfurledEmbed, withFooter } from './bot-texts.ts';
import { truthOf } from '../jobs/truth.ts';

/** The result of a job, in one of the ways in which the bot posts it. */
export function postResult(bot: BotModel, course: WorkCourse, { isV2 }: { isV2: boolean }): void {
  const { discord, world, situations } = bot;
  const { work, facts } = course;
  if (work.status !== 'running') return;
  work.status = 'over';
  const { userId } = facts.incoming;
  const isSingle = course.action?.startsWith('Image #') === true;
  const isEdit = work.startId !== null && discord.has(work.startId) && world.chance(situations.resultAsEdit);
  const hasButtons = isEdit || !world.chance(situations.withoutButtons);
  // A result with neither buttons nor a uuid in its file name was never reported.
  const namesUuid = !hasButtons || world.chance(0.9);
  const content = withFooter(
    headingOf({ ...course, userId, tag: isSingle ? null : world.random.pick(['fast', 'relaxed', 'fast, stealth']) }),
    world,
  );
  const file = fileOf(discord.snowflake(), namesUuid ? `somebody_words_${work.uuid}.png` : 'picture.png');
  addPicture(bot, work, file);
  const rows = hasButtons ? (isSingle ? singleButtons(work.uuid) : gridButtons(work.uuid)) : [];
  const uuids = hasButtons || namesUuid ? [work.uuid] : [];
  const parts = { content, attachments: [file], rows, isV2 };
  if (isEdit && work.startId !== null) {
    const truth = truthOf({ work, kind: 'result', messageId: work.startId, uuids, referenceId: facts.origin.sourceId });
    discord.edit(work.startId, { ...bodyOf({ id: '', ...parts }), flags: isV2 ? 32_768 : 0 }, truth);
    world.note(() => `bot posts the result of ${work.jobId ?? work.owner} as an edit of ${work.startId}`);
    unfurl(bot, work.startId);
    return;
  }
  const id = discord.snowflake();
  const referenceId = facts.origin.sourceId ?? (work.startId !== null && world.chance(0.2) ? work.startId : null);
  const origin = world.chance(0.2) ? facts.origin : null;
  const interactionIds = origin ? [facts.interactionId] : [];
  const post = (): void => {
    discord.create(
      toMessage({ id, nonce: discord.snowflake(), origin, referenceId, ...parts }),
      truthOf({ work, kind: 'result', messageId: id, interactionIds, referenceId, uuids }),
    );
    world.note(() => `bot posts the result of ${work.jobId ?? work.owner}: message ${id} uuids ${uuids.join()} reference ${referenceId}`);
    unfurl(bot, id);
  };
  const isOutOfTurn = world.chance(situations.deletionOutOfTurn);
  const deletesAfterMs = isOutOfTurn ? world.random.pick([-200, 600, 3_000, Infinity]) : world.between(5, 400);
  world.after(deletesAfterMs < 0 ? -deletesAfterMs : 0, post);
  const { startId } = work;
  if (startId !== null && deletesAfterMs !== Infinity) world.after(Math.max(0, deletesAfterMs), () => discord.remove([startId], false));
}

function unfurl({ discord, world, situations }: BotModel, id: string): void {
  if (!world.chance(situations.unfurling)) return;
  world.after(world.between(100, 60_000), () => discord.edit(id, { embeds: [unfurledEmbed(world)] }, truthOf({ messageId: id }), true));
}
