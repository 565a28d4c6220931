import type { Job } from '../../../core/job.ts';
import { textAt } from '@atelier/lib/json';

/** What a LinkrAPI task keeps of its request. */
export interface LinkrTaskEcho {
  /** `imagine`, `upsample1`, … */
  action: string;
  prompt: string;
}

/** The request behind a task. One that was made in another dialect is shown as the request that would have asked for the same here. */
export function echoOf(job: Job): LinkrTaskEcho {
  if (job.dialect === 'linkr') return { action: textAt(job.echo, 'action'), prompt: textAt(job.echo, 'prompt') };
  const { verb, input } = job;
  return {
    action: verb === 'button' ? actionName(textAt(input, 'label')) : verb,
    prompt: textAt(input, 'prompt') || promptInMessage(job.output.message?.content ?? ''),
  };
}

/** What `fetch` names a press of this button: the action's name where it has one, else its label. Source: LinkrAPI, action. */
export function actionName(label: string): string {
  if (label === REROLL) return 'reroll';
  const [, kind, number] = /^([UV])([1-4])$/.exec(label) ?? [];
  if (kind === undefined) return label;
  return `${kind === 'U' ? 'upsample' : 'variation'}${number}`;
}

const REROLL = '🔄';

/** `**a fox --ar 16:9** - Image #2 <@1>`: what a button worked on. */
const promptInMessage = (content: string): string => /^\*\*(.*)\*\* - /s.exec(content)?.[1] ?? '';
