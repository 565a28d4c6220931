import type { Hub } from '../discord/hub.ts';
import type { Interaction, Modals } from '../discord/interactions.ts';
import { FLAG_EPHEMERAL, FLAG_LOADING, type MessageDraft, type Message } from '../discord/model.ts';
import { botOf } from './commands.ts';

/** A text form to show: one paragraph field. */
export interface ModalDraft {
  customId: string;
  title: string;
  field: string;
  label: string;
  value: string;
}

/**
 * The answers of an application to an interaction, as gateway events. Source: discord-userdoccers, interaction events; midjourney-bot, forms;
 * midjourney-bot, info.
 */
export interface Answers {
  created(interaction: Interaction): void;
  succeeded(interaction: Interaction): void;
  /** 1 unknown, 2 the application was silent for too long. */
  failed(interaction: Interaction, reasonCode: 1 | 2): void;
  /** The message that carries the user's nonce, then success. */
  message(interaction: Interaction, draft: MessageDraft): Message;
  /** The same, visible to that user alone. */
  ephemeral(interaction: Interaction, draft: MessageDraft): Message;
  /** An ephemeral message that is still empty; fill it with `hub.edit` and `filled`. */
  thinking(interaction: Interaction): Message;
  modal(interaction: Interaction, source: Message, draft: ModalDraft): void;
  /** An embedded page; `customId` names its token. */
  iframe(interaction: Interaction, draft: { customId: string; title: string }): void;
}

/** The flags of an ephemeral message once it is filled. */
export const FILLED = { flags: FLAG_EPHEMERAL };

export function createAnswers({ hub, modals }: { hub: Hub; modals: Modals }): Answers {
  const applicationOf = (interaction: Interaction): object => {
    const { id, username } = botOf(interaction);
    return { id, name: username };
  };
  const tell = (interaction: Interaction, name: string, more: object = {}): void =>
    hub.tell(interaction.account.user.id, name, {
      id: interaction.id,
      ...(interaction.nonce === null ? {} : { nonce: interaction.nonce }),
      ...more,
    });
  const succeeded = (interaction: Interaction): void => tell(interaction, 'INTERACTION_SUCCESS');
  const message = (interaction: Interaction, draft: MessageDraft): Message => {
    const posted = hub.post(interaction.channel.id, botOf(interaction), {
      type: interaction.facts.type === 2 ? 20 : 19,
      nonce: interaction.nonce,
      interaction: interaction.facts,
      replyToId: sourceOf(interaction)?.id ?? null,
      ...draft,
    });
    succeeded(interaction);
    return posted;
  };
  const ephemeral = (interaction: Interaction, draft: MessageDraft): Message =>
    message(interaction, { ephemeralFor: interaction.account.user.id, ...draft, flags: FLAG_EPHEMERAL | (draft.flags ?? 0) });

  return {
    created: (interaction) => tell(interaction, 'INTERACTION_CREATE'),
    succeeded,
    failed: (interaction, reasonCode) => tell(interaction, 'INTERACTION_FAILURE', { reason_code: reasonCode }),
    message,
    ephemeral,
    thinking: (interaction) => ephemeral(interaction, { flags: FLAG_LOADING }),
    modal(interaction, source, draft) {
      modals.open({
        id: interaction.id,
        customId: draft.customId,
        fields: [draft.field],
        userId: interaction.account.user.id,
        trigger: interaction.facts,
        message: source,
      });
      tell(interaction, 'INTERACTION_MODAL_CREATE', {
        channel_id: interaction.channel.id,
        custom_id: draft.customId,
        application: applicationOf(interaction),
        title: draft.title,
        components: [
          {
            type: 1,
            components: [
              {
                type: 4,
                style: 2,
                custom_id: draft.field,
                label: draft.label,
                value: draft.value,
                required: true,
                min_length: 1,
                max_length: 4_000,
              },
            ],
          },
        ],
      });
      // The same id again: two clients take the modal's id from here.
      succeeded(interaction);
    },
    iframe(interaction, draft) {
      tell(interaction, 'INTERACTION_IFRAME_MODAL_CREATE', {
        channel_id: interaction.channel.id,
        custom_id: draft.customId,
        application: applicationOf(interaction),
        title: draft.title,
        iframe_path: `/iframe/${draft.customId.split('::').at(-1) ?? ''}`,
        modal_size: 2,
      });
      succeeded(interaction);
    },
  };
}

/** The message with the button or form of an interaction. */
export function sourceOf(interaction: Interaction): Message | null {
  const { action } = interaction;
  if (action.type === 'component') return action.message;
  return action.type === 'modal' ? action.modal.message : null;
}
