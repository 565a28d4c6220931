import { sleep, type Clock } from '@atelier/lib/clock';
import type { Random } from '@atelier/lib/random';
import type { Hub } from '../discord/hub.ts';
import type { InteractionFacts, Message, StoredFile, User } from '../discord/model.ts';
import { MIDJOURNEY } from '../midjourney-bot/commands.ts';
import { gridRows } from '../midjourney-bot/components.ts';
import { finishedText, pictureFilename, runningText, waitingText, type Tag } from '../midjourney-bot/jobs/content.ts';

/** Jobs of other users in a channel. */
export interface StrangerTraffic {
  /** The channel; the first account's by default. */
  channelId?: string;
  /** Number of jobs. */
  jobs: number;
  /** Milliseconds between two starts; while a job runs, others start. 0: as fast as possible. */
  everyMs?: number;
  /** Their prompt, for instance one that the account under test uses too; made-up ones by default. */
  prompt?: string;
}

export interface StrangerDependencies {
  clock: Clock;
  random: Random;
  hub: Hub;
  nextId: () => string;
}

const USERS = 20;
const SUBJECTS = ['a red fox', 'an old lighthouse', 'portrait of a clockmaker', 'a bowl of cherries', 'misty mountains --ar 16:9'] as const;
const TAG: Tag = { mode: 'fast', stealth: false };
const PERCENTS = [15, 46, 93] as const;

/** A picture without the mark that pictures of the simulated bot carry: a client that delivers it has taken a stranger's. */
const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

/** Posts the jobs of strangers: a start, progress with previews, the picture with its buttons, the deletion of the start. Resolves after the last. */
export async function postStrangers(dependencies: StrangerDependencies, channelId: string, traffic: StrangerTraffic): Promise<void> {
  const { clock, nextId } = dependencies;
  const users = Array.from({ length: USERS }, (_none, index): User => {
    const username = `stranger_${index}`;
    return { id: nextId(), username, globalName: username, bot: false };
  });
  let running: Generator<undefined, void>[] = [];
  for (let started = 0; started < traffic.jobs || running.length > 0; started += 1) {
    const user = users[started % users.length];
    if (user && started < traffic.jobs) running.push(strangerJob(dependencies, channelId, user, traffic.prompt));
    running = running.filter((job) => !job.next().done);
    await sleep(clock, traffic.everyMs ?? 0);
  }
}

/** One job; each step posts the next of its messages. */
function* strangerJob(
  { hub, random, nextId }: StrangerDependencies,
  channelId: string,
  user: User,
  prompt: string = random.pick(SUBJECTS),
): Generator<undefined, void> {
  const jobId = random.uuid();
  const echo = `${prompt} --v 7.0`;
  const wording = { kind: 'plain' } as const;
  const store = (filename: string, contentType: string): StoredFile =>
    hub.storeFile(channelId, { bytes: PICTURE, filename, contentType, width: 1, height: 1 });
  const interaction: InteractionFacts = { id: nextId(), type: 2, name: 'imagine', user };
  const nonce = nextId();
  const start: Message = hub.post(channelId, MIDJOURNEY, { type: 20, nonce, interaction, content: waitingText(echo, user.id, wording) });
  yield;
  for (const percent of PERCENTS) {
    const attachments = [store(`${jobId}_grid_0.webp`, 'image/webp')];
    hub.edit(start, { content: runningText(echo, user.id, wording, { progress: `${percent}%`, tag: TAG }), attachments });
    yield;
  }
  hub.post(channelId, MIDJOURNEY, {
    nonce: nextId(),
    content: finishedText(echo, user.id, wording, { tag: TAG, footer: true, jobId }),
    attachments: [store(pictureFilename(user.username, prompt, jobId), 'image/png')],
    rows: gridRows(jobId),
  });
  hub.remove(start);
}
