import { writeFile } from 'node:fs/promises';
import { must, type Job } from 'atelier-client/client';
import { withBar } from './bar.ts';
import { download, followJob } from './follow-job.ts';
import { withAnyServer, type Environment, type ServerOptions } from './server.ts';
import { UserError } from './user-error.ts';

/** Makes one picture and saves it; shows how far it has come. Uses a running server, or starts one for this picture. */
export async function runImagine(prompt: string, options: ServerOptions & { out?: string }, environment: Environment): Promise<void> {
  await withAnyServer(options, environment, async (client) => {
    const file = options.out ?? `${toFileName(prompt)}.png`;
    await withBar('asking Midjourney', async (show) => {
      const { id } = await must(client.api.POST('/jobs', { body: { verb: 'imagine', prompt } }));
      const job = await followJob(client, id, ({ status, progressPercent }) =>
        show(progressPercent, status === 'queued' ? 'waiting for a free slot' : 'painting'),
      );
      await writeFile(file, await download(pictureOf(job)));
    });
    console.log(`Saved ${file}`);
  });
}

function pictureOf({ assets }: Job): string {
  const picture = assets.find(({ role }) => role === 'grid') ?? assets[0];
  if (!picture) throw new UserError('The job has ended without a picture.');
  return picture.url;
}

/** The first words of the prompt, without parameters, as a file name. */
function toFileName(prompt: string): string {
  const words = prompt.replace(/--\S+(\s+[^-\s]\S*)?/g, ' ').match(/[\p{L}\p{N}]+/gu) ?? ['picture'];
  return words.slice(0, 8).join('-').toLowerCase();
}
