import type { Clock } from '@atelier/lib/clock';
import type { Switches } from '../../switches.ts';
import type { Hub } from '../hub.ts';
import type { Interaction } from '../interactions.ts';

/**
 * Brings interactions to the bot. While the switch `botDelayMs` makes the bot slow, Discord announces an interaction at once and, after
 * `interactionTimeoutMs`, says that it failed; the bot answers all the same. Source: discord-userdoccers, interaction events.
 */
export interface InteractionDelivery {
  deliver(interaction: Interaction, handle: (interaction: Interaction) => void): void;
  /** The hub for the bot: an interaction that Discord has announced or failed is not announced or ended by the bot again. */
  botHub: Hub;
}

export function createInteractionDelivery({ clock, switches, hub }: { clock: Clock; switches: Switches; hub: Hub }): InteractionDelivery {
  /** Events that the bot may not send, by interaction; `<name> <id>`. */
  const told = new Set<string>();
  const tell = ({ id, nonce, account }: Interaction, name: string, more: object = {}): void =>
    hub.tell(account.user.id, name, { id, ...(nonce === null ? {} : { nonce }), ...more });
  return {
    deliver(interaction, handle) {
      const { botDelayMs, interactionTimeoutMs } = switches;
      if (botDelayMs === 0) return handle(interaction);
      tell(interaction, 'INTERACTION_CREATE');
      told.add(`INTERACTION_CREATE ${interaction.id}`);
      if (botDelayMs >= interactionTimeoutMs) {
        clock.after(interactionTimeoutMs, () => {
          tell(interaction, 'INTERACTION_FAILURE', { reason_code: 2 });
          for (const name of ['INTERACTION_SUCCESS', 'INTERACTION_FAILURE']) told.add(`${name} ${interaction.id}`);
        });
      }
      clock.after(botDelayMs, () => handle(interaction));
      return undefined;
    },
    botHub: {
      ...hub,
      tell(userId, name, data) {
        const id = 'id' in data ? String(data.id) : '';
        if (!told.delete(`${name} ${id}`)) hub.tell(userId, name, data);
      },
    },
  };
}
