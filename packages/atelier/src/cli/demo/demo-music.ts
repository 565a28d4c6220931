import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { call, received, save, type DemoJob, type DemoRow, type DemoRun } from './demo-run.ts';
import { UserError } from '../terminal.ts';

const LYRICS = `[Verse]
An island in the evening light
The sea is gold, the sky burns bright
[Chorus]
Neon rain on a silent shore
A lotus opens to sing once more`;

/** Makes a song of two takes with their covers, and a music video of the first take. */
export async function playMusic(run: DemoRun): Promise<DemoRow[]> {
  const song = await viaSuno(run);
  return [...song.rows, await viaMp4(run, song)];
}

/** Source: kie, generate. */
async function viaSuno(run: DemoRun): Promise<{ taskId: string; audioId: string; rows: DemoRow[] }> {
  const startedAtMs = performance.now();
  const reply = await call(run, '/api/v1/generate', {
    customMode: true,
    instrumental: false,
    model: 'V5_5',
    title: 'Island of neon',
    style: 'dreamy synth pop, sunset, warm',
    prompt: LYRICS,
    duration: 24,
    callBackUrl: `${run.sink.url}/suno`,
  });
  const taskId = taskIdOf(reply);
  const isLast = (type: string): boolean => type === 'complete' || type === 'error';
  const callback = await received(run, '/suno', (seen) => {
    const data = objectAt(seen, 'data');
    return data['task_id'] === taskId && isLast(textAt(data, 'callbackType'));
  });
  const tracks = listAt(objectAt(requireSuccess(callback), 'data'), 'data').filter(isJsonObject);
  const job: DemoJob = { dialect: 'kie', verb: 'generate', jobId: taskId, startedAtMs };
  const files = tracks.flatMap((track, index) => [
    { url: textAt(track, 'audio_url'), filename: `music-${index + 1}.mp3` },
    { url: textAt(track, 'image_url'), filename: `music-${index + 1}.png` },
  ]);
  const rows = await Promise.all(files.map(({ url, filename }) => save(run, job, url, filename)));
  const [first] = tracks;
  if (!first) throw new UserError('kie: the callback held no track');
  return { taskId, audioId: textAt(first, 'id'), rows };
}

/** Source: kie, mp4/generate. */
async function viaMp4(run: DemoRun, { taskId, audioId }: { taskId: string; audioId: string }): Promise<DemoRow> {
  const startedAtMs = performance.now();
  const body = { taskId, audioId, author: 'Atelier', domainName: 'atelier.example', callBackUrl: `${run.sink.url}/mp4` };
  const jobId = taskIdOf(await call(run, '/api/v1/mp4/generate', body));
  const callback = await received(run, '/mp4', (seen) => objectAt(seen, 'data')['task_id'] === jobId);
  const url = textAt(objectAt(requireSuccess(callback), 'data'), 'video_url');
  return await save(run, { dialect: 'kie', verb: 'mp4/generate', jobId, startedAtMs }, url, 'music-video.mp4');
}

const taskIdOf = (reply: JsonObject): string => textAt(objectAt(requireSuccess(reply), 'data'), 'taskId');

/** The body, if its `code` is 200: kie refuses requests with HTTP 200 and another code. */
function requireSuccess(body: JsonObject): JsonObject {
  if (body['code'] !== 200) throw new UserError(`kie: ${textAt(body, 'msg')}`);
  return body;
}
