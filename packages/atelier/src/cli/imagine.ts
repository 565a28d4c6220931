import { writeFile } from 'node:fs/promises';
import { must, type AtelierJob } from 'atelier-client';
import { UserError, withBar } from './terminal.ts';
import { download, type Environment, followJob, type ServerOptions, withAnyServer } from './connect.ts';

/** Makes one picture on a running server, or on one that is started for it, shows its progress, and saves it. */
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

function pictureOf({ assets }: AtelierJob): string {
  const picture = assets.find(({ role }) => role === 'grid') ?? assets[0];
  if (!picture) throw new UserError('The job ended without a picture.');
  return picture.url;
}

/** The first eight words of the prompt, without parameters, as a file name. */
function toFileName(prompt: string): string {
  const words = prompt.replace(/--\S+(\s+[^-\s]\S*)?/g, ' ').match(/[\p{L}\p{N}]+/gu) ?? ['picture'];
  return words.slice(0, 8).join('-').toLowerCase();
}
