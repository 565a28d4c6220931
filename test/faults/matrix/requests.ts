import assert from 'node:assert/strict';
import type { Job } from 'atelier/core/job';
import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import type { AccountView } from '@atelier/simulator';
import type { TestServer } from '../../test-server.ts';
import { fetchPicture, isPictureOf } from '../../marked-picture.ts';
import { fateFacts } from './manners.ts';
import type { Plan, Verb } from './plan.ts';

export interface PlannedRequest {
  path: string;
  body: JsonObject;
  /** Throws unless the completed job has the result of this request. It may have the picture of any job in `equals`. */
  check(job: Job, equals: readonly Job[]): Promise<void>;
}

export interface RequestDeps {
  server: TestServer;
  account: AccountView;
  /** URL of a picture of this size in pixels. */
  pictureUrl(width: number, height: number): string;
  /** Runs a request to its end, before any fault. */
  prepare(request: Pick<PlannedRequest, 'path' | 'body'>): Promise<Job>;
}

/** Echoes are cut at 1 900 characters. */
const LONG_TEXT = ' with very many words'.repeat(100);

/** The scenario words that every request of the seed meets, for a prompt (`sim:…`) or for the control. */
export const wordsOf = ({ manners, fate }: Plan): string[] => [...manners, ...(fate === null ? [] : fateFacts(fate).words.split(' '))];

/** Where the words stand: in the prompt, or, for requests without one, at the control. */
export const hasPrompt = ({ verb }: Plan): boolean => verb === 'imagine' || verb === 'custom-zoom';

const subjectOf = ({ seed }: Plan): string => `a fox of seed ${seed} in a hat`;

/** The prompt of the first picture of a seed. */
export const toPrompt = (plan: Plan, number = 1): string => {
  const subject = plan.isDistinct ? `${subjectOf(plan)} on hill ${number}` : subjectOf(plan);
  const long = plan.manners.includes('echo-cut') ? LONG_TEXT : '';
  return `${subject}${long}${withWords(plan)}${plan.promptTail}`;
};

const withWords = (plan: Plan): string =>
  wordsOf(plan)
    .map((word) => ` sim:${word}`)
    .join('');

/** The requests in the dialect of the plan. */
export async function toRequests(deps: RequestDeps, plan: Plan): Promise<PlannedRequest[]> {
  const { server, account, pictureUrl, prepare } = deps;
  const numbers = Array.from({ length: plan.copies }, (_, index) => index + 1);
  const wire = WIRES[plan.dialect](account.channelId);
  const subject = subjectOf(plan);
  const grid = (): Promise<Job> => prepare(wire.imagine(`${subject}${plan.promptTail}`));
  const picture = (index: number) => checkPicture(server, subject, index);
  const ofEach: Record<Verb, () => Promise<PlannedRequest[]>> = {
    imagine: async () => numbers.map((number) => ({ ...wire.imagine(toPrompt(plan, number)), check: picture(0) })),
    async U() {
      const parent = await grid();
      return numbers.map((number) => ({ ...wire.press(parent, `U${number}`), check: picture(number) }));
    },
    async V() {
      const parent = await grid();
      return numbers.map((number) => ({ ...wire.press(parent, plan.isDistinct ? `V${number}` : 'V2'), check: picture(0) }));
    },
    async 'custom-zoom'() {
      const parent = await grid();
      const single = await prepare(wire.press(parent, 'U1'));
      const zoomed = `${subject} seen from afar${withWords(plan)} --zoom 1.5`;
      return numbers.map(() => ({ ...wire.press(single, 'Custom Zoom', zoomed), check: picture(0) }));
    },
    blend: async () => numbers.map(() => ({ ...wire.blend([pictureUrl(16, 16), pictureUrl(16, 24)]), check: checkPicture(server, '', 0) })),
    describe: async () =>
      numbers.map((number) => {
        // Each seed and each copy describes a picture of a different shape.
        const [width, height] = [1 + (plan.seed % 200), 211 + number];
        return { ...wire.describe(pictureUrl(width, height)), check: (job: Job) => checkPrompts(job, width, height) };
      }),
    info: async () =>
      numbers.map(() => ({ ...wire.info(), check: async (job: Job) => assert.equal(job.output.data['user_id'], account.userId) })),
  };
  return ofEach[plan.verb]();
}

type WireRequest = Pick<PlannedRequest, 'path' | 'body'>;

interface Wire {
  imagine(prompt: string): WireRequest;
  press(parent: Job, button: string, prompt?: string): WireRequest;
  blend(urls: readonly string[]): WireRequest;
  describe(url: string): WireRequest;
  info(): WireRequest;
}

const WIRES: Readonly<Record<Plan['dialect'], (channel: string) => Wire>> = {
  useapi: (channel) => ({
    imagine: (prompt) => ({ path: '/v2/jobs/imagine', body: { prompt, channel } }),
    press: ({ id }, button, prompt) => ({ path: '/v2/jobs/button', body: { jobid: id, button, ...(prompt !== undefined && { prompt }) } }),
    blend: (blendUrls) => ({ path: '/v2/jobs/blend', body: { blendUrls: [...blendUrls], channel } }),
    describe: (describeUrl) => ({ path: '/v2/jobs/describe', body: { describeUrl, channel } }),
    info: () => ({ path: '/v2/jobs/info', body: { channel } }),
  }),
  native: (accountId) => ({
    imagine: (prompt) => ({ path: '/jobs', body: { verb: 'imagine', prompt, accountId } }),
    press: ({ id }, button, prompt) => ({
      path: '/jobs',
      body: { verb: 'button', jobId: id, button, ...(prompt !== undefined && { prompt }) },
    }),
    blend: (imageUrls) => ({ path: '/jobs', body: { verb: 'blend', imageUrls: [...imageUrls], accountId } }),
    describe: (imageUrl) => ({ path: '/jobs', body: { verb: 'describe', imageUrl, accountId } }),
    info: () => ({ path: '/jobs', body: { verb: 'info', accountId } }),
  }),
};

/**
 * Checks that the served picture was made for this request. `index`: the number of the picture chosen from a grid, or 0.
 *
 * There is one exception. When the session was lost, the events that tied several equal requests to their start messages are lost too. Then a job
 * may have the picture of one of its `equals`, unless its Midjourney id was known before.
 */
function checkPicture(server: TestServer, subject: string, index: number): PlannedRequest['check'] {
  return async (job, equals) => {
    const { body } = await server.call('GET', `/jobs/${encodeURIComponent(job.id)}`);
    const late = objectAt(body, 'lateResult');
    const [first] = listAt(job.status === 'completed' ? body : late, 'assets');
    const { mark } = await fetchPicture(isJsonObject(first) ? first['url'] : undefined);
    const seen = JSON.stringify({ mark, operation: job.operation });
    if (!equals.some((one) => isPictureOf(one, mark))) throw new Error(`wrong picture: ${seen}`);
    if (mark['index'] !== index || !textAt(mark, 'prompt').includes(subject)) throw new Error(`another picture: ${seen}`);
  };
}

/** Checks the shape in the prompts: the simulator names the shape of the described picture. */
async function checkPrompts(job: Job, width: number, height: number): Promise<void> {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  const common = divisor(width, height);
  const prompts = listAt(objectAt({ data: job.output.data }, 'data'), 'prompts');
  assert.equal(prompts.length, 4, JSON.stringify(job.output));
  for (const prompt of prompts)
    assert.match(JSON.stringify(prompt), new RegExp(`--ar ${width / common}:${height / common}"$`), `${width}×${height}`);
}
