import type { DiscordAccount } from '../../discord/model.ts';
import { MIDJOURNEY } from '../commands.ts';
import type { BotContext } from '../context.ts';
import { pictureFilename } from './content.ts';

/** Answers an envelope on a finished picture with a direct message: prompt, job id, seed and the pictures. Source: midjourney-bot, seed. */
export async function tellSeed(context: BotContext, account: DiscordAccount, messageId: string): Promise<void> {
  const { gallery, hub, painter, random } = context;
  const picture = gallery.findByMessage(messageId);
  if (!picture) return;
  const { jobId, prompt, scenes, seed } = picture;
  const pictures = await Promise.all(
    scenes.map((scene, index) =>
      painter.single(scene, {
        tilePixels: context.tilePixels,
        mark: JSON.stringify({ job: jobId, prompt: prompt.echo, nonce: null, index: index + 1 }),
      }),
    ),
  );
  const bot = hub.find(account.channelId, messageId)?.author ?? MIDJOURNEY;
  const channel = hub.openDirectChannel(account.user, bot);
  const attachments = pictures.map((painted) =>
    hub.storeFile(channel.id, { ...painted, filename: pictureFilename(account.user.username, prompt.words, random.uuid()) }),
  );
  hub.post(channel.id, bot, { content: `**${prompt.echo}**\n**Job ID**: ${jobId}\n**seed** ${seed}`, attachments });
}
