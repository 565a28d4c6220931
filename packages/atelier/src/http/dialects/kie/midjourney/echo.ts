import type { Job } from '../../../../core/job.ts';
import { textAt } from '@atelier/lib/json';
import { namesIn } from './prompt.ts';

/** What a kie task keeps of its request. */
export interface MidjourneyTaskEcho {
  taskType: string;
  /** The body as it was sent, as JSON. */
  promptJson: string;
}

/** The request behind a task. One that was made in another dialect is shown as the request that would have asked for the same here. */
export function echoOf(job: Job): MidjourneyTaskEcho {
  if (job.dialect === 'kie') return { taskType: textAt(job.echo, 'taskType'), promptJson: textAt(job.echo, 'promptJson') || '{}' };
  const taskType = taskTypeOf(job);
  return { taskType, promptJson: JSON.stringify({ taskType, prompt: textAt(job.input, 'prompt') }) };
}

/** The nearest of the vendor's task types; `mj_` and the verb for what the vendor had not, such as `mj_blend`. */
function taskTypeOf({ verb, input }: Job): string {
  if (verb === 'button') return buttonType(textAt(input, 'label'), textAt(input, 'customId'), textAt(input, 'prompt'));
  if (verb !== 'imagine') return `mj_${verb}`;
  const prompt = textAt(input, 'prompt');
  const names = namesIn(prompt);
  if (names.has('video')) return 'mj_video';
  if (names.has('oref')) return 'mj_omni_reference';
  if (names.has('sref')) return 'mj_style_reference';
  return /^\s*<?https?:\/\//i.test(prompt) ? 'mj_img2img' : 'mj_txt2img';
}

function buttonType(label: string, customId: string, prompt: string): string {
  if (/^U[1-4]$/.test(label)) return 'mj_upscale';
  if (/_extend::/.test(customId)) return prompt === '' ? 'mj_video_extend_auto' : 'mj_video_extend_manual';
  return /::animate_/.test(customId) ? 'mj_video' : 'mj_vary';
}
