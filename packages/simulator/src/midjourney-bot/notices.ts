import type { Random } from '@atelier/lib/random';
import type { Hub } from '../discord/hub.ts';
import { FLAG_EPHEMERAL, type DiscordAccount } from '../discord/model.ts';
import { MIDJOURNEY } from './commands.ts';
import { refusalDraft, REFUSALS, type RefusalName } from './jobs/refusals.ts';

export const NOTICE_PLACES = ['channel', 'mention', 'private', 'direct', 'page'] as const;
/** Where the bot shows a notice that answers no interaction. */
export type NoticePlace = (typeof NOTICE_PLACES)[number];

/** Half a sentence that ends before the title of the notice. */
export const NOTICE_DOCS: Readonly<Record<NoticePlace, string>> = {
  channel: 'the bot posts in the channel',
  mention: 'the bot posts in the channel with a mention of the user',
  private: 'the bot shows to this user alone',
  direct: 'the bot sends as a direct message',
  page: 'Discord opens an embedded page for',
};

interface NoticeContext {
  hub: Hub;
  random: Random;
  nextId: () => string;
}

/**
 * A notice to an account without nonce, interaction and reply. `untilMs` is the instant that its text names, if it names one.
 * Source: midjourney-bot, notices to an account.
 */
export function postNotice(
  { hub, random, nextId }: NoticeContext,
  { user, channelId }: DiscordAccount,
  { name, place, untilMs }: { name: RefusalName; place: NoticePlace; untilMs: number },
): void {
  if (place === 'page') {
    const token = random.hex(16);
    hub.tell(user.id, 'INTERACTION_IFRAME_MODAL_CREATE', {
      id: nextId(),
      channel_id: channelId,
      custom_id: `MJ::iframe::${token}`,
      application: { id: MIDJOURNEY.id, name: MIDJOURNEY.username },
      title: REFUSALS[name].title,
      iframe_path: `/captcha/${token}`,
      modal_size: 2,
    });
    return;
  }
  const { embeds = [], ...draft } = refusalDraft({ name, place: 'first' }, { prompt: '', untilMs });
  hub.post(place === 'direct' ? hub.openDirectChannel(user, MIDJOURNEY).id : channelId, MIDJOURNEY, {
    ...draft,
    // No command led to it, so its footer names none.
    embeds: embeds.map(({ footer: _footer, ...embed }) => embed),
    ...(place === 'mention' ? { content: `<@${user.id}>` } : {}),
    ...(place === 'private' ? { flags: FLAG_EPHEMERAL, ephemeralFor: user.id } : {}),
  });
}
