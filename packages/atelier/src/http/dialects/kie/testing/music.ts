import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { SunoMusicData, SunoTrack } from '../../../../engine/suno/input.ts';
import { EMPTY_OUTPUT, type Job, type JobOutput, type OutputAsset } from '../../../../core/job.ts';
import type { JsonObject } from '@atelier/lib/json';
import { fakeAsset, type Harness, createTestApp } from '../../testing/harness.ts';
import { createKieDialect, type KieOptions } from '../kie.ts';

export const HOOK = 'https://example.com/hook';
export const AUDIO_IDS = ['e231aaaa-0000-4000-8000-000000000001', 'e231aaaa-0000-4000-8000-000000000002'] as const;
/** The upstream's id of every finished job here. */
export const UPSTREAM_ID = 'f00d'.repeat(8);

export const soundFile = (role: OutputAsset['role'], index: number, filename: string): OutputAsset => ({
  ...fakeAsset(role, index),
  filename,
});

const track = (index: 1 | 2): SunoTrack => ({
  index,
  id: AUDIO_IDS[index - 1] ?? '',
  title: 'Iron Man',
  tags: 'electrifying, rock',
  prompt: '[Verse] Neon in the rain',
  modelName: 'chirp-v3-5',
  duration: 198.44,
  createdAtMs: Date.parse('2025-01-01T00:00:00.900Z'),
});

/** The output of a music job at a stage of its upstream. */
export function musicOutput(stage: SunoMusicData['stage']): JobOutput {
  const data: SunoMusicData = { upstreamTaskId: UPSTREAM_ID, stage, tracks: stage === 'pending' ? [] : [track(1), track(2)] };
  const made = stage === 'complete' ? [1, 2] : stage === 'first' ? [1] : [];
  const assets = made.flatMap((index) => [soundFile('audio', index, `${index}.mp3`), soundFile('cover', index, `${index}.jpeg`)]);
  return { ...EMPTY_OUTPUT, assets, data };
}

/** The output of a completed Suno job that makes no tracks. */
export const otherOutput = (response: JsonObject, files: { field: string; index: number }[] = []): JobOutput => ({
  ...EMPTY_OUTPUT,
  assets: files.map(({ index }) => soundFile('audio', index, `${index}.wav`)),
  data: { upstreamTaskId: UPSTREAM_ID, response, files },
});

/** The dialect in a harness, its server closed with the test. */
export async function openKie(context: Pick<TestContext, 'after'>, harness: Harness, options: Partial<KieOptions> = {}) {
  const dialect = createKieDialect({ ...harness.deps, options });
  const app = await createTestApp(dialect);
  context.after(() => app.close());
  const post = async (path: string, payload: JsonObject, headers: Record<string, string> = {}) =>
    (await app.inject({ method: 'POST', url: `/api/v1/${path}`, payload, headers: { authorization: 'Bearer ann', ...headers } })).json();
  const get = async (path: string, key = 'ann') =>
    (await app.inject({ url: `/api/v1/${path}`, headers: { authorization: `Bearer ${key}` } })).json();
  /** Submits a task and returns its id; fails the test when the task is refused. */
  const submit = async (path: string, payload: JsonObject): Promise<string> => {
    const reply = await post(path, payload);
    assert.equal(reply.code, 200, JSON.stringify(reply));
    assert.match(reply.data.taskId, /^[0-9a-f]{32}$/);
    return reply.data.taskId;
  };
  const generate = (more: JsonObject = {}): Promise<string> => submit('generate', { ...SIMPLE, ...more });
  return {
    app,
    dialect,
    post,
    get,
    submit,
    generate,
    /** The id of a music task with two finished tracks. */
    async finished(): Promise<string> {
      const taskId = await generate();
      await harness.complete(taskId, musicOutput('complete'));
      return taskId;
    },
    callback(job: Job | undefined) {
      const rendered = dialect.renderCallback(job ?? assert.fail('no job'));
      assert.ok(rendered === null || rendered.kieTaskId === job?.id);
      return rendered && JSON.parse(rendered.body);
    },
  };
}

export type Kie = Awaited<ReturnType<typeof openKie>>;

/** The smallest valid body of `generate`. */
export const SIMPLE = { prompt: 'A calm piano piece', customMode: false, instrumental: false, model: 'V4_5', callBackUrl: HOOK } as const;
export const CUSTOM = { ...SIMPLE, customMode: true, style: 'rock', title: 'Iron Man' } as const;

export const REASON = { code: 'upstream-failed', title: 'Suno failed', details: 'Try another prompt.' } as const;
