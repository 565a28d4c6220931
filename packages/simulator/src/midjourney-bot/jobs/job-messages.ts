import type { Clock } from '@atelier/lib/clock';
import type { Hub, NewFile } from '../../discord/hub.ts';
import { FLAG_COMPONENTS_V2, FLAG_EPHEMERAL, type Message, type MessageDraft } from '../../discord/model.ts';
import type { Picture } from '../../art/painter.ts';
import type { Switches } from '../../switches.ts';
import { sourceOf, type Answers } from '../answers.ts';
import { botOf } from '../commands.ts';
import { progressRows } from '../components.ts';
import { cutEcho } from '../prompts/echo.ts';
import { finishedText, percentText, runningText, stoppedText, waitingText, type Tag } from './content.ts';
import type { Gallery } from './gallery.ts';
import { switchesOf, type JobPlan, type RunningJob } from './job.ts';
import { isPreview } from './painting.ts';
import { refusalDraft, type PlacedRefusal } from './refusals.ts';
import { idOf, resultRows } from './result.ts';
import { countPictures } from '../subscribers.ts';

/** Dependencies of the messages of a job. The switches may change while jobs run. */
export interface ChannelContext {
  clock: Clock;
  switches: Switches;
  hub: Hub;
  answers: Answers;
  gallery: Gallery;
  nextId: () => string;
}

/** The draft in the form that the switches name: `containers` sets flag 32768. */
export const inForm = (draft: MessageDraft, { messageForm }: Pick<Switches, 'messageForm'>): MessageDraft =>
  messageForm === 'containers' ? { ...draft, flags: (draft.flags ?? 0) | FLAG_COMPONENTS_V2 } : draft;

export const tagOf = ({ prompt, subscriber }: JobPlan): Tag => ({
  mode: prompt.mode ?? subscriber.mode,
  stealth: prompt.stealth ?? subscriber.stealth,
});

const replyOf = (job: RunningJob): string | null => sourceOf(job.plan.interaction)?.id ?? null;

/** The start message. It carries the user's nonce where it answers the interaction. Source: midjourney-bot, start to result. */
export function postStart({ hub, answers, switches }: ChannelContext, job: RunningJob, carriesNonce: boolean): Message {
  const { plan } = job;
  const { interaction } = plan;
  const positions = switchesOf(switches, job);
  const echo = cutEcho(plan.startEcho ?? plan.prompt.echo, positions.echoLimit, 'start');
  const content = waitingText(echo, interaction.account.user.id, plan.wording);
  const draft = inForm({ content: positions.startEmpty ? '' : content }, positions);
  const facts: MessageDraft =
    positions.startForm === 'late'
      ? {}
      : { type: interaction.facts.type === 2 ? 20 : 19, replyToId: replyOf(job), interaction: interaction.facts };
  const message = carriesNonce
    ? answers.message(interaction, draft)
    : hub.post(interaction.channel.id, botOf(interaction), { ...draft, ...facts });
  if (positions.startEmpty) hub.edit(message, { content });
  return message;
}

/** The start message with a percentage, and with a preview where there is one. */
export function showPercent(
  { hub, switches }: ChannelContext,
  job: RunningJob,
  { start, percent, preview }: { start: Message; percent: number; preview: Picture | null },
): void {
  const { plan } = job;
  const { interaction } = plan;
  const positions = switchesOf(switches, job);
  const echo = cutEcho(plan.prompt.echo, positions.echoLimit, 'progress');
  const progress = percentText(percent, positions.percentForm);
  const filename = positions.previewName.replace('<job>', job.id);
  hub.edit(start, {
    content: runningText(echo, interaction.account.user.id, plan.wording, { progress, tag: tagOf(plan) }),
    rows: positions.cancelButton ? progressRows(job.id) : [],
    ...(preview ? { attachments: [hub.storeFile(interaction.channel.id, { ...preview, filename })] } : {}),
  });
}

/** A refusal of a job that has started: an edit of its start message or a reply to it. Source: midjourney-bot, refusals. */
export function refuseLate(
  context: ChannelContext,
  job: RunningJob,
  { start, refusal }: { start: Message | null; refusal: PlacedRefusal },
): void {
  const { hub, clock, switches } = context;
  const { interaction, prompt } = job.plan;
  const positions = switchesOf(switches, job);
  const draft = refusalDraft(refusal, { prompt: prompt.sent, untilMs: clock.now() + positions.blockMs });
  if (start && refusal.place === 'late-edit') return hub.edit(start, { embeds: draft.embeds ?? [], rows: [] });
  const isPrivate = refusal.place === 'late-private';
  hub.post(interaction.channel.id, botOf(interaction), {
    ...inForm({ ...draft, flags: isPrivate ? FLAG_EPHEMERAL : 0 }, positions),
    type: 19,
    ...(isPrivate ? { ephemeralFor: interaction.account.user.id } : {}),
    ...(start ? { replyToId: start.id } : { replyToId: replyOf(job), interaction: interaction.facts }),
  });
  return undefined;
}

/** Posts the result, or keeps it for `/show` where it gets lost, and counts its pictures. */
export function postResult(context: ChannelContext, job: RunningJob, { start, files }: { start: Message | null; files: NewFile[] }): void {
  const { hub, gallery, switches } = context;
  const { plan } = job;
  const { interaction, prompt, subscriber, scenes, wording, seed, film } = plan;
  const { user } = interaction.account;
  const positions = switchesOf(switches, job);
  const echo = cutEcho(prompt.echo, positions.echoLimit, 'result');
  const tag = tagOf(plan);
  const shown = {
    content: finishedText(echo, user.id, wording, { tag, footer: positions.footer, jobId: idOf(job) }),
    attachments: files.map((file) => hub.storeFile(interaction.channel.id, file)),
    rows: resultRows(job, isPreview(plan, positions), positions.resultButtons),
  };
  const message = deliver(context, job, { start, shown });
  // A chosen video belongs to the job that made it.
  if (plan.partOf !== undefined) return;
  const messageId = message?.id ?? null;
  gallery.add({ jobId: job.id, prompt, scenes, wording, seed, userId: user.id, messageId, shown, ...(film ? { film } : {}) });
  countPictures(subscriber, film?.takes.length ?? scenes.length, tag.mode);
}

/** The message of a result in the form that the switches name; null where it gets lost. Source: midjourney-bot, results. */
function deliver(
  { hub, switches, nextId }: ChannelContext,
  job: RunningJob,
  { start, shown }: { start: Message | null; shown: Required<Pick<MessageDraft, 'content' | 'attachments' | 'rows'>> },
): Message | null {
  const { interaction } = job.plan;
  const positions = switchesOf(switches, job);
  const { resultForm, finalNonce } = positions;
  if (resultForm === 'lost') return null;
  if (resultForm === 'edit' && start && hub.find(start.channelId, start.id)) {
    hub.edit(start, shown);
    return start;
  }
  const replyToId = resultForm === 'reply' && start ? start.id : replyOf(job);
  const isBare = resultForm === 'bare' || positions.startForm === 'late';
  return hub.post(interaction.channel.id, botOf(interaction), {
    ...inForm(shown, positions),
    type: replyToId === null || isBare ? 0 : 19,
    replyToId: isBare ? null : replyToId,
    nonce: finalNonce && !isBare ? nextId() : null,
    ...(resultForm === 'interaction' ? { interaction: interaction.facts } : {}),
  });
}

/** The start message of a job that its Cancel button ended. */
export function showStopped({ hub, switches }: ChannelContext, job: RunningJob, start: Message): void {
  const { prompt, interaction, wording } = job.plan;
  const echo = cutEcho(prompt.echo, switchesOf(switches, job).echoLimit, 'progress');
  hub.edit(start, { content: stoppedText(echo, interaction.account.user.id, wording), rows: [] });
}
