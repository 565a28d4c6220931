import {
  addPicture,
  addWork,
  type BotModel,
  type IncomingRequest,
  type InteractionFacts,
  newWords,
  tellInteraction,
  toEmbed,
} from './bot-model.ts';
import { runCourse } from './bot-course.ts';
import { echoOf, fileOf, gridButtons, headingOf, OUR_USER, toMessage } from './bot-texts.ts';
import { ACCOUNT_REFUSALS, REFUSALS, REMARKS, type RefusalText } from './refusal-texts.ts';
import { truthOf } from '../jobs/truth.ts';

/** Discord has passed a request on to the bot. */
export function receiveRequest(bot: BotModel, incoming: IncomingRequest): void {
  const { world, discord, situations } = bot;
  const interactionId = discord.snowflake();
  const { request, userId } = incoming;
  const opened = request.kind === 'form' ? bot.forms.get(request.formId) : undefined;
  const pressed = opened?.incoming.request ?? request;
  const command = request.kind === 'imagine' || request.kind === 'show' ? request.kind : request.kind === 'command' ? request.name : null;
  const sourceId = pressed.kind === 'press' ? pressed.messageId : null;
  const origin = { interactionId, userId, command, sourceId, openedBy: opened?.interactionId ?? null };
  const facts: InteractionFacts = { incoming, interactionId, origin };
  world.note(
    () => `bot received ${request.kind} of ${incoming.owner} ${incoming.jobId ?? ''} nonce ${incoming.nonce} interaction ${interactionId}`,
  );
  tellInteraction(bot, facts, 'INTERACTION_CREATE');
  if (incoming.owner === 'ours' && world.chance(situations.silence)) {
    if (world.chance(0.5)) world.after(3_000, () => tellInteraction(bot, facts, 'INTERACTION_FAILURE'));
    return;
  }
  const isLate = incoming.owner === 'ours' && world.chance(situations.noResponse);
  if (isLate) world.after(3_000, () => tellInteraction(bot, facts, 'INTERACTION_FAILURE'));
  world.after(isLate ? world.between(3_100, 22_000) : world.between(10, 1_500), () => answer(bot, facts));
}

function answer(bot: BotModel, facts: InteractionFacts): void {
  const { world, situations } = bot;
  const { incoming } = facts;
  const { request } = incoming;
  const isOurUser = incoming.owner !== 'stranger';
  if (request.kind === 'show') show(bot, facts, request.uuid);
  else if (request.kind === 'command') replyTo(bot, facts, request.name);
  else if (isOurUser && bot.account && bot.account.untilMs > world.nowMs) refuse(bot, facts, bot.account.text);
  else if (isOurUser && world.chance(situations.accountStates / 3)) {
    bot.account = { text: world.random.pick(ACCOUNT_REFUSALS), untilMs: world.nowMs + world.between(10_000, 240_000) };
    refuse(bot, facts, bot.account.text);
  } else if (world.chance(situations.refusals / 2)) refuse(bot, facts, world.random.pick(REFUSALS));
  else if (incoming.owner === 'ours' && world.chance(situations.remarks / 8)) refuse(bot, facts, world.random.pick(REMARKS));
  else if (request.kind === 'press' && request.action !== 'Image #2' && incoming.owner === 'ours' && world.chance(situations.forms))
    openForm(bot, facts);
  else paint(bot, facts);
}

/** Words in place of the job, seen by the user alone or by everybody. */
function refuse(bot: BotModel, facts: InteractionFacts, text: RefusalText): void {
  const { discord, world } = bot;
  const { incoming, interactionId, origin } = facts;
  const { owner, nonce } = incoming;
  const work = addWork(bot, incoming, 'refused');
  const words = newWords(bot);
  const id = discord.snowflake();
  const isPrivate = world.chance(0.7);
  if (isPrivate && owner === 'stranger') return;
  const parts = text.isPlain ? { content: `${text.title} ${words}` } : { embeds: [toEmbed(text, words)] };
  const message = toMessage({ id, nonce, isPrivate, origin, ...parts });
  const mayPause = text.state === 'person' && owner !== 'stranger';
  discord.create(
    message,
    truthOf({ work, kind: 'words', messageId: id, nonce, interactionIds: [interactionId], isPrivate, words, mayPause }),
  );
  world.note(() => `bot refuses ${incoming.jobId ?? owner}: ${text.title} ${words}`);
}

function openForm(bot: BotModel, facts: InteractionFacts): void {
  const { incoming, interactionId } = facts;
  const { request, nonce } = incoming;
  const customId = `MJ::RemixModal::${bot.world.random.uuid()}::1::1`;
  const field = { type: 4, custom_id: 'MJ::RemixModal::new_prompt', value: request.kind === 'press' ? request.prompt : '' };
  bot.forms.set(interactionId, { incoming, interactionId });
  const data = { id: interactionId, nonce, custom_id: customId, title: 'Remix Prompt', components: [{ type: 1, components: [field] }] };
  bot.discord.tell('INTERACTION_MODAL_CREATE', data, truthOf({ nonce, interactionIds: [interactionId] }));
  tellInteraction(bot, facts, 'INTERACTION_SUCCESS');
}

/** `/show` posts a finished job of the user again, or says that it knows none. */
function show(bot: BotModel, facts: InteractionFacts, uuid: string): void {
  const { discord } = bot;
  const { incoming, interactionId, origin } = facts;
  const { nonce } = incoming;
  const id = discord.snowflake();
  const work = bot.works.find((one) => one.uuid === uuid && one.pictures.length > 0);
  if (!work) {
    const embeds = [{ type: 'rich', title: 'Unknown job', description: 'No job has this id', color: 16_711_680 }];
    discord.create(toMessage({ id, nonce, isPrivate: true, origin, embeds }), truthOf({ messageId: id, nonce, isPrivate: true }));
    return;
  }
  const content = headingOf({ echo: 'a picture', action: null, userId: OUR_USER, tag: 'fast' });
  const file = fileOf(discord.snowflake(), `somebody_a_picture_${uuid}.png`);
  addPicture(bot, work, file);
  const message = toMessage({ id, nonce, origin, content, attachments: [file], rows: gridButtons(uuid) });
  discord.create(message, truthOf({ work, kind: 'result', messageId: id, nonce, interactionIds: [interactionId], uuids: [uuid] }));
}

/** Small commands answer this user alone. */
function replyTo(bot: BotModel, { incoming, interactionId, origin }: InteractionFacts, name: string): void {
  const { discord, world } = bot;
  const { nonce } = incoming;
  const id = discord.snowflake();
  const truth = truthOf({ kind: 'other', messageId: id, nonce, interactionIds: [interactionId], isPrivate: true });
  if (name !== 'info') {
    discord.create(toMessage({ id, nonce, isPrivate: true, origin, content: 'Done! Your jobs now do not consume fast-hours.' }), truth);
    return;
  }
  discord.create(toMessage({ id, nonce, isPrivate: true, isLoading: true, origin }), truth);
  const lines = ['**User ID**: 7', '**Subscription**: Mega', '**Job Mode**: Fast', '**Running Jobs**: None'];
  const embeds = [{ type: 'rich', title: 'Your info - somebody', description: lines.join('\n') }];
  world.after(world.between(50, 800), () =>
    discord.edit(id, toMessage({ id, isPrivate: true, origin, embeds }), { ...truth, nonce: null }),
  );
}

const SLOTS = 3;

/** Paints now, or says that the job is queued and paints when another job has ended. */
function paint(bot: BotModel, facts: InteractionFacts): void {
  const { incoming, interactionId, origin } = facts;
  const work = addWork(bot, incoming, 'running');
  const busy = bot.works.filter(({ owner, status }) => owner !== 'stranger' && status === 'running').length;
  const { request } = incoming;
  const opened = request.kind === 'form' ? bot.forms.get(request.formId)?.incoming.request : undefined;
  const asked = opened ?? request;
  const prompt =
    request.kind === 'imagine' ? request.prompt : request.kind === 'form' ? request.text : request.kind === 'press' ? request.prompt : '';
  const action = asked.kind === 'press' ? asked.action : null;
  const course = { facts, work, action, echo: echoOf(prompt, bot.world, bot.situations.rewriting) };
  if (incoming.owner === 'stranger' || busy <= SLOTS) {
    runCourse(bot, { ...course, isQueued: false });
    return;
  }
  const id = bot.discord.snowflake();
  const embeds = [
    { type: 'rich', title: 'Job queued', description: 'This job will start as soon as another one finishes!', color: 16_239_475 },
  ];
  const message = toMessage({ id, nonce: incoming.nonce, isPrivate: bot.world.chance(0.5), origin, embeds });
  const isPrivate = message['guild_id'] === undefined;
  bot.discord.create(message, truthOf({ work, messageId: id, nonce: incoming.nonce, interactionIds: [interactionId], isPrivate }));
  const wait = (): void => {
    const ahead = bot.works.filter(({ owner, status }) => owner !== 'stranger' && status === 'running').indexOf(work);
    if (ahead < SLOTS && ahead >= 0) runCourse(bot, { ...course, isQueued: true });
    else if (ahead >= 0) bot.world.after(1_000, wait);
  };
  bot.world.after(1_000, wait);
}
