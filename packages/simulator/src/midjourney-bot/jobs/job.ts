import type { Interaction } from '../../discord/interactions.ts';
import type { ClipOptions, Scene } from '../../art/painter.ts';
import type { Wording } from './content.ts';
import type { Prompt } from '../prompts/prompt.ts';
import type { PlacedRefusal } from './refusals.ts';
import type { Subscriber } from '../subscribers.ts';

/** Videos that start from one picture. */
export interface Film {
  readonly motion: 'low' | 'high';
  readonly seconds: number;
  /** One for each video: those of a job move differently. */
  readonly takes: readonly number[];
  /** How the video moved that these go on from. */
  readonly before: NonNullable<ClipOptions['before']>;
}

/** Everything that is decided about a job before it runs. */
export interface JobPlan {
  readonly interaction: Interaction;
  readonly subscriber: Subscriber;
  readonly prompt: Prompt;
  /** What the start message repeats, where that is not the prompt's echo (blend). */
  readonly startEcho?: string;
  readonly scenes: readonly Scene[];
  readonly seed: number;
  readonly wording: Wording;
  /** How many times larger than a tile a single picture is; null for a grid. */
  readonly enlargement: number | null;
  /** What to make of the first scene instead of a picture. */
  readonly film?: Film;
  /** A chosen video goes by the id of the job that made it. Source: midjourney-bot, videos. */
  readonly partOf?: string;
  /** Only a part of `scene` is painted anew: where the mask is white. */
  readonly region?: { readonly mask: Uint8Array; readonly scene: Scene };
  /** False for the second and later jobs of one interaction. */
  readonly answers: boolean;
  readonly fate: JobFate;
}

/** What the scenario words of the prompt do to a job that starts. */
export interface JobFate {
  /** Refused half way. */
  readonly refusal: PlacedRefusal | null;
  /** Ten seconds, whatever the pace. */
  readonly slow: boolean;
  /** Stops half way and says no more. */
  readonly stalled: boolean;
  /** Waits in the queue first, though there are slots. */
  readonly queued: boolean;
}

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
