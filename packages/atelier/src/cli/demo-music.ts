import { isJsonObject, listAt, objectAt, textAt, type JsonObject } from '@atelier/lib/json';
import { call, received, save, type Asked, type Row, type Stage } from './demo-stage.ts';
import { UserError } from './user-error.ts';

const LYRICS = `[Verse]
An island in the evening light
The sea is gold, the sky burns bright
[Chorus]
Neon rain on a silent shore
A lotus opens to sing once more`;

/** A song for the pictures of the demo: two takes with their covers, and a music video of the first. */
export async function playMusic(stage: Stage): Promise<Row[]> {
  const song = await viaSuno(stage);
  return [...song.rows, await viaMp4(stage, song)];
}

/** Source: kie, Suno API, generate. */
async function viaSuno(stage: Stage): Promise<{ taskId: string; audioId: string; rows: Row[] }> {
  const startedAtMs = performance.now();
  const reply = await call(stage, '/api/v1/generate', {
    customMode: true,
    instrumental: false,
    model: 'V5_5',
    title: 'Island of neon',
    style: 'dreamy synth pop, sunset, warm',
    prompt: LYRICS,
    duration: 24,
    callBackUrl: `${stage.sink.url}/suno`,
  });
  const taskId = taskIdOf(reply);
  const isLast = (type: string): boolean => type === 'complete' || type === 'error';
  const callback = await received(stage, '/suno', (seen) => {
    const data = objectAt(seen, 'data');
    return data['task_id'] === taskId && isLast(textAt(data, 'callbackType'));
  });
  const tracks = listAt(objectAt(requireSuccess(callback), 'data'), 'data').filter(isJsonObject);
  const asked: Asked = { dialect: 'kie', verb: 'generate', jobId: taskId, startedAtMs };
  const files = tracks.flatMap((track, index) => [
    { url: textAt(track, 'audio_url'), filename: `music-${index + 1}.mp3` },
    { url: textAt(track, 'image_url'), filename: `music-${index + 1}.png` },
  ]);
  const rows = await Promise.all(files.map(({ url, filename }) => save(stage, asked, url, filename)));
  const [first] = tracks;
  if (!first) throw new UserError('kie: the callback held no track');
  return { taskId, audioId: textAt(first, 'id'), rows };
}

/** Source: kie, Suno API, mp4/generate. */
async function viaMp4(stage: Stage, { taskId, audioId }: { taskId: string; audioId: string }): Promise<Row> {
  const startedAtMs = performance.now();
  const body = { taskId, audioId, author: 'Atelier', domainName: 'atelier.example', callBackUrl: `${stage.sink.url}/mp4` };
  const jobId = taskIdOf(await call(stage, '/api/v1/mp4/generate', body));
  const callback = await received(stage, '/mp4', (seen) => objectAt(seen, 'data')['task_id'] === jobId);
  const url = textAt(objectAt(requireSuccess(callback), 'data'), 'video_url');
  return await save(stage, { dialect: 'kie', verb: 'mp4/generate', jobId, startedAtMs }, url, 'music-video.mp4');
}

const taskIdOf = (reply: JsonObject): string => textAt(objectAt(requireSuccess(reply), 'data'), 'taskId');

/** kie refuses with HTTP 200 and a code. */
function requireSuccess(body: JsonObject): JsonObject {
  if (body['code'] !== 200) throw new UserError(`kie: ${textAt(body, 'msg')}`);
  return body;
}
