import type { Interaction } from '../../discord/interactions.ts';
import type { ClipOptions, Scene } from '../../art/painter.ts';
import type { Wording } from './content.ts';
import type { Prompt } from '../prompts/prompt.ts';
import type { PlacedRefusal } from './refusals.ts';
import type { Subscriber } from '../subscribers.ts';
import type { Switches } from '../../switches.ts';

/** Videos that start from one picture. */
export interface Film {
  readonly motion: 'low' | 'high';
  readonly seconds: number;
  /** One number for each video: the videos of a job move differently. */
  readonly takes: readonly number[];
  /** The moves of the video that these videos extend. */
  readonly before: NonNullable<ClipOptions['before']>;
}

/** The decisions about a job that fall before it runs. */
export interface JobPlan {
  readonly interaction: Interaction;
  readonly subscriber: Subscriber;
  readonly prompt: Prompt;
  /** The prompt in the start message, where it differs from the prompt's echo (blend). */
  readonly startEcho?: string;
  readonly scenes: readonly Scene[];
  readonly seed: number;
  readonly wording: Wording;
  /** How many times larger than a tile a single picture is; null for a grid. */
  readonly enlargement: number | null;
  /** Videos to make of the first scene in place of a picture. */
  readonly film?: Film;
  /** A chosen video goes by the id of the job that made it. Source: midjourney-bot, videos. */
  readonly partOf?: string;
  /** Only a part of `scene` is painted anew: where the mask is white. */
  readonly region?: { readonly mask: Uint8Array; readonly scene: Scene };
  /** False for the second and later jobs of one interaction. */
  readonly answers: boolean;
  readonly fate: JobFate;
}

/** The effects of scenario words on a job that starts. */
export interface JobFate {
  /** The job is refused half way. */
  readonly refusal: PlacedRefusal | null;
  /** The job takes ten seconds at every pace. */
  readonly slow: boolean;
  /** The job stops half way and sends no further message. */
  readonly stalled: boolean;
  /** The job waits in the queue first, though slots are free. */
  readonly queued: boolean;
  /** The switches that stand otherwise for this job. */
  readonly switches: Partial<Switches>;
}

/** The switches as they stand for one job: a scenario word of the job wins over a switch. */
export const switchesOf = (switches: Readonly<Switches>, { plan }: RunningJob): Readonly<Switches> => ({
  ...switches,
  ...plan.fate.switches,
});

export interface RunningJob {
  readonly id: string;
  readonly plan: JobPlan;
  readonly sequence: number;
  readonly abort: AbortController;
  readonly done: Promise<void>;
  state: 'queued' | 'running' | 'finished';
}

/** The shape of one picture: width divided by height. */
export const aspectOfScene = (scene: Scene): number => scene.view.width / scene.view.height;
