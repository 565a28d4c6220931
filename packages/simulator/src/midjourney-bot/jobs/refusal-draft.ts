import type { Clock } from '@atelier/lib/clock';
import type { MessageDraft } from '../../discord/model.ts';
import { REFUSALS, SOON, type BotRefusal } from './refusals.ts';
import type { RefusalOrder } from '../prompts/scenario.ts';

const SOON_MS = 60_000;

/** The message that shows a refusal; `description` replaces the usual text. */
export function refusalDraft(
  { name, placement }: RefusalOrder,
  { clock, prompt, description }: { clock: Clock; prompt: string; description?: string | null },
): MessageDraft {
  const refusal: BotRefusal = REFUSALS[name];
  const soon = `<t:${Math.ceil((clock.now() + SOON_MS) / 1_000)}:R>`;
  const text = (description ?? refusal.text).replace(SOON, soon);
  if (placement === 'first-content' || placement === 'late-reply-content')
    return { content: refusal.title === '' || text.startsWith(refusal.title) ? text : `${refusal.title}\n${text}` };
  return {
    embeds: [{ title: refusal.title, description: text, color: refusal.color, footer: refusal.footer ?? `/imagine ${prompt}` }],
    rows: refusal.button ? [[{ kind: 'button', style: 2, label: refusal.button.label, customId: refusal.button.customId }]] : [],
  };
}
