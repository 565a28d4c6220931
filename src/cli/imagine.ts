import { writeFile } from 'node:fs/promises';
import { Presets, SingleBar } from 'cli-progress';
import { request } from 'undici';
import { must, type AtelierClient, type Job } from '../client/client.ts';
import { toReason } from '../job/errors.ts';
import { withAnyServer, type Environment, type ServerOptions } from './server.ts';
import { UserError } from './user-error.ts';

/** Makes one picture and saves it; shows how far it has come. Uses a running server, or starts one for this picture. */
export async function runImagine(prompt: string, options: ServerOptions & { out?: string }, environment: Environment): Promise<void> {
  await withAnyServer(options, environment, async (client) => {
    const bar = new SingleBar({ format: '{bar} {percentage}% {note}', clearOnComplete: false, hideCursor: true }, Presets.shades_classic);
    bar.start(100, 0, { note: 'asking Midjourney' });
    try {
      const { id } = await must(client.api.POST('/jobs', { body: { verb: 'imagine', prompt } }));
      const job = await follow(client, id, (percent, note) => bar.update(percent, { note }));
      const file = options.out ?? `${toFileName(prompt)}.png`;
      await writeFile(file, await download(pictureOf(job)));
      bar.update(100, { note: 'done' });
      bar.stop();
      console.log(`Saved ${file}`);
    } finally {
      bar.stop();
    }
  });
}

async function follow(client: AtelierClient, jobId: string, show: (percent: number, note: string) => void): Promise<Job> {
  for await (const job of client.events(jobId)) {
    if (job.status === 'completed') return job;
    if (job.isFinal) throw new UserError(job.error ? toReason({ ...job.error, details: job.error.detail }) : 'Midjourney failed');
    show(job.progressPercent, job.status === 'queued' ? 'waiting for a free slot' : 'painting');
  }
  return client.waitForJob(jobId);
}

function pictureOf({ assets }: Job): string {
  const picture = assets.find(({ role }) => role === 'grid') ?? assets[0];
  if (!picture) throw new UserError('The job has ended without a picture.');
  return picture.url;
}

async function download(url: string): Promise<Uint8Array> {
  const { statusCode, body } = await request(url);
  if (statusCode !== 200) throw new UserError(`The picture could not be fetched (${statusCode}).`);
  return new Uint8Array(await body.arrayBuffer());
}

/** The first words of the prompt, without parameters, as a file name. */
function toFileName(prompt: string): string {
  const words = prompt.replace(/--\S+(\s+[^-\s]\S*)?/g, ' ').match(/[\p{L}\p{N}]+/gu) ?? ['picture'];
  return words.slice(0, 8).join('-').toLowerCase();
}
