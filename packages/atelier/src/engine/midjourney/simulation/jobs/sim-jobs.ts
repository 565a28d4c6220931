import { addPicture, type BotModel, type SimRequest } from '../bot/bot-model.ts';
import { fileOf, gridButtons, headingOf, OUR_USER, toMessage } from '../bot/bot-texts.ts';
import type { SimJob } from './sim-job.ts';
import { truthOf, type SimWork } from './truth.ts';

const LONG = 'a very long description of a landscape with hills, rivers, a village and an old tower '.repeat(6);
/** Prompts that resemble each other, and prompts that the bot rewrites. */
const PROMPTS = [
  'a red fox',
  'a red fox in the snow',
  'a red fox --ar 3:2',
  'a  red   fox —ar 3:2 --s 250',
  'a red\u200B fox at night',
  'https://example.com/a.png a red fox --profile abc123',
  `${LONG}at dawn`,
  `${LONG}at dusk`,
] as const;

/** Draws the jobs of a run; buttons belong to grids that are in the channel already. */
export function drawJobs(bot: BotModel): SimJob[] {
  const { world, situations } = bot;
  const grids = [postGrid(bot, 'a red fox'), postGrid(bot, 'a red fox in the snow')] as const;
  const prompts = Array.from({ length: situations.prompts }, () => world.random.pick(PROMPTS));
  return Array.from({ length: situations.jobs }, (_, index) => {
    const jobId = `job-${index + 1}`;
    if (world.chance(situations.smallCommands))
      return toJob(jobId, { kind: 'command', name: world.random.pick(['info', 'fast', 'relax']) });
    if (world.chance(situations.buttons)) return toJob(jobId, drawButton(bot, world.random.pick(grids)));
    return toJob(jobId, { kind: 'imagine', prompt: prompts[world.random.below(prompts.length)] ?? PROMPTS[0] });
  });
}

function toJob(jobId: string, request: SimRequest): SimJob {
  const isPress = request.kind === 'press';
  const input =
    request.kind === 'imagine'
      ? { prompt: request.prompt }
      : isPress
        ? { customId: request.customId, messageId: request.messageId, messageFlags: 0 }
        : {};
  return {
    jobId,
    verb: request.kind === 'command' ? request.name : isPress ? 'button' : 'imagine',
    input,
    pressed: isPress ? request.customId : null,
    request,
    requestKey: keyOf(request),
    isReply: request.kind === 'command',
    state: 'coming',
    written: null,
    status: 'queued',
    run: 0,
    recalls: 0,
    writes: [],
    limitAtMs: Infinity,
    resultIds: [],
  };
}

export const keyOf = (request: SimRequest): string =>
  request.kind === 'press' ? `${request.messageId} ${request.customId}` : JSON.stringify(request);

interface PostedGrid {
  readonly messageId: string;
  readonly uuid: string;
  readonly prompt: string;
}

/** A grid from earlier days. */
function postGrid(bot: BotModel, prompt: string): PostedGrid {
  const { discord, world } = bot;
  const uuid = world.random.uuid();
  const work: SimWork = { uuid, owner: 'hand', jobId: null, nonce: '', requestKey: '', status: 'over', startId: null, pictures: [] };
  // A day ago.
  const messageId = String(BigInt(discord.snowflake()) - (86_400_000n << 22n));
  const file = fileOf(discord.snowflake(), `somebody_a_red_fox_${uuid}.png`);
  bot.works.push(work);
  addPicture(bot, work, file);
  const content = headingOf({ echo: prompt, action: null, userId: OUR_USER, tag: 'fast' });
  discord.create(
    toMessage({ id: messageId, content, attachments: [file], rows: gridButtons(uuid) }),
    truthOf({ work, messageId, uuids: [uuid] }),
  );
  return { messageId, uuid, prompt };
}

function drawButton({ world }: BotModel, { messageId, uuid, prompt }: PostedGrid): SimRequest {
  const index = world.random.pick([2, 2, 3]);
  if (world.chance(0.5)) {
    return { kind: 'press', customId: `MJ::JOB::upsample::${index}::${uuid}`, messageId, prompt, action: `Image #${index}` };
  }
  return { kind: 'press', customId: `MJ::JOB::variation::${index}::${uuid}`, messageId, prompt, action: 'Variations (Strong)' };
}
