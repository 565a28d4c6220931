import type { Draft } from '../discord/model.ts';
import { REFUSALS, type Refusal, type RefusalName } from './refusals.ts';

/** The message that shows a refusal; `description` replaces the usual text. */
export function refusalDraft(name: RefusalName, prompt: string, description?: string | null): Draft {
  const refusal: Refusal = REFUSALS[name];
  const text = description ?? refusal.text;
  if (refusal.placement === 'first-content' || refusal.placement === 'late-reply-content') return { content: text };
  return {
    embeds: [{ title: refusal.title, description: text, color: refusal.color, footer: refusal.footer ?? `/imagine ${prompt}` }],
    rows: refusal.button ? [[{ kind: 'button', style: 2, label: refusal.button.label, customId: refusal.button.customId }]] : [],
  };
}
