import type { FastifyInstance } from 'fastify';
import type { ApiKey } from '../../../../core/key.ts';
import type { Job, OfferedButton, UpstreamMessage } from '../../../../core/job.ts';
import { JobError } from '../../../../core/errors.ts';
import { botOf } from '../../../../engine/midjourney/input.ts';
import type { JsonObject } from '@atelier/lib/json';
import { isPressedOnce, takesPrompt, toButton, type UseapiButton } from '../buttons.ts';
import { invalid, MAX_PROMPT_LENGTH, readMaxJobs, readText, requireText } from '../fields.ts';
import { findJob } from '../find-job.ts';
import { offeredButtons } from '../job-body.ts';
import { addJobPage, jobOnParent, type PageContext } from '../page.ts';
import { buttonRefusals } from '../schemas/errors.ts';
import { startedJob } from '../schemas/job.ts';
import { field, requestBody } from '../schemas/request.ts';
import type { UseapiDraft } from '../submit-job.ts';

/** POST jobs/button: upscales, variations, and all else that stands under a picture. Source: useapi, jobs/button. */
export function registerButton(app: FastifyInstance, context: PageContext): void {
  addJobPage(app, context, {
    path: '/jobs/button',
    schema: {
      summary: 'Button: upscale, vary, zoom, pan or redo a finished picture',
      description: 'Presses one of the `buttons` of a completed job, on the channel of that job. U1–U4 can be pressed once.',
      tags: ['Jobs'],
      body: requestBody({ jobid: field.parentJobId, button: field.button, prompt: field.buttonPrompt, mask: field.mask }, [
        'discord',
        'maxJobs',
      ]),
      response: { 200: startedJob('button', ['button', 'parentJobId'], ['prompt']), ...buttonRefusals() },
    },
    carry: jobOnParent(context, (body, key) => readButton(body, key, context)),
  });
}

async function readButton(body: JsonObject, key: ApiKey, { deps }: PageContext): Promise<{ parent: Job; draft: UseapiDraft }> {
  const jobid = requireText(body, 'jobid').trim();
  const label = requireText(body, 'button');
  const button = toButton(label);
  if (button === undefined) throw new JobError('button-unknown', `button ${label} not supported`, { facts: { button: label } });
  const prompt = readPrompt(body, button);
  const mask = readText(body, 'mask');
  if (button === 'Vary (Region)' && mask === undefined) throw invalid('mask is missing', 'mask');
  const ownMaxJobs = readMaxJobs(body);
  const parent = await findJob(deps.store, jobid, key);
  const maxJobs = ownMaxJobs ?? parent.maxJobs ?? undefined;
  const { offered, message } = findOffered(parent, button);
  return {
    parent,
    draft: {
      input: {
        verb: 'button',
        label: offered.label,
        customId: offered.customId,
        messageId: offered.messageId ?? message.id,
        messageFlags: message.flags,
        prompt: takesPrompt(button) ? (prompt ?? null) : null,
        mask: button === 'Vary (Region)' ? (mask ?? null) : null,
        ...botOf(parent),
      },
      echo: { button, ...(prompt === undefined ? {} : { prompt }) },
      parentId: parent.id,
      ...(maxJobs === undefined ? {} : { maxJobs }),
      // Of this key alone: a 409 names the job that it has, and nobody reads another's.
      ...(isPressedOnce(button) ? { dedupeKey: `useapi:${key.id}:${parent.id}:${button}` } : {}),
    },
  };
}

function readPrompt(body: JsonObject, button: UseapiButton): string | undefined {
  return button === 'Custom Zoom' ? requireText(body, 'prompt', MAX_PROMPT_LENGTH) : readText(body, 'prompt', MAX_PROMPT_LENGTH);
}

/** The button on the parent's message. A parent that has not completed offers none. */
function findOffered(parent: Job, button: UseapiButton): { offered: OfferedButton; message: UpstreamMessage } {
  const labels = offeredButtons(parent);
  const offered = parent.output.buttons.find((candidate) => toButton(candidate.label) === button);
  const message = parent.output.message;
  if (!labels.includes(button) || !offered || message === null) {
    throw new JobError('button-not-offered', `button ${button} not found in job ${parent.id} buttons ${JSON.stringify(labels)}`, {
      facts: { button, jobId: parent.id },
    });
  }
  return { offered, message };
}
