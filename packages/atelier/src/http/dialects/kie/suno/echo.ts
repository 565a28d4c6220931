import type { Job } from '../../../../core/job.ts';
import { objectAt, textAt } from '@atelier/lib/json';

/** The request behind a task as JSON: as it was sent, or, for a task that was made in another dialect, as it would have been sent here. */
export const paramOf = (job: Job): string =>
  (job.dialect === 'kie' && textAt(job.echo, 'paramJson')) || JSON.stringify(objectAt(job.input, 'request'));
