import type { ButtonInput } from '../../../engine/midjourney/input.ts';
import { JobError } from '../../../core/errors.ts';
import type { Job, OfferedButton } from '../../../core/job.ts';
import { actionName } from './echo.ts';

/**
 * The press of a button that a completed task offers: by the action's name (`upsample1`–`upsample4`, `variation1`–`variation4`,
 * `reroll`), by `custom_id`, or by its label, which the vendor refuses and callers ask for. Throws `JobError`: `invalid-request`
 * for a task that is not completed or offers nothing, `button-not-offered`. Source: LinkrAPI, action; client programs.
 */
export function pressAction(source: Job, action: string): ButtonInput {
  const { buttons, message } = source.output;
  if (source.status !== 'completed') throw new JobError('invalid-request', 'Source task is not completed');
  if (buttons.length === 0 || !message) throw new JobError('invalid-request', 'Source task has no components');
  const button = findButton(buttons, action);
  if (!button) throw new JobError('button-not-offered', 'Action not found in task components', { facts: { button: action } });
  return {
    verb: 'button',
    label: button.label,
    customId: button.customId,
    messageId: button.messageId ?? message.id,
    messageFlags: message.flags,
    prompt: null,
    mask: null,
  };
}

function findButton(buttons: readonly OfferedButton[], action: string): OfferedButton | undefined {
  const wanted = action.toLowerCase();
  return (
    buttons.find(({ label }) => actionName(label) === wanted) ??
    buttons.find(({ customId }) => customId === action) ??
    buttons.find(({ label }) => label.toLowerCase() === wanted)
  );
}
