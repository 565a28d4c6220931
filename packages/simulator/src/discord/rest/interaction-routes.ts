import type { FastifyInstance } from 'fastify';
import { sleep } from '@atelier/lib/clock';
import { acceptInteraction, readInteraction } from '../interactions.ts';
import { authenticate, bodyOf, readMultipart, sendError, type RestDependencies } from './rest-support.ts';

/** POST /interactions: 204 without a body; all else comes over the gateway, after it or (by a switch) before. */
export function registerInteractionRoutes(api: FastifyInstance, dependencies: RestDependencies): void {
  const { hub, switches, clock, application, delivery, interactionLog } = dependencies;
  api.post('/interactions', async (request, reply) => {
    const account = authenticate(request, hub);
    const body = request.isMultipart() ? (await readMultipart(request)).payload : bodyOf(request);
    const result = readInteraction(body, account, dependencies);
    if ('error' in result) return sendError(reply, result.error);
    const { interaction } = result;
    const refusal = application.refuse(interaction);
    interactionLog.interaction(interaction, refusal?.status ?? 204);
    if (refusal) return sendError(reply, refusal);
    acceptInteraction(interaction, dependencies);
    if (switches.eventOrder === 'before-204') {
      delivery.deliver(interaction, application.handle);
      await sleep(clock, switches.eventDelayMs);
    } else {
      reply.raw.once('close', () => clock.after(switches.eventDelayMs, () => delivery.deliver(interaction, application.handle)));
    }
    return reply.code(204).send();
  });
}
