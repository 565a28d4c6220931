import type { FastifyInstance } from 'fastify';
import type { SunoRelay } from '../../../../../engine/suno/input.ts';
import { sendEnvelope, success } from '../../envelope.ts';
import { CREDIT_PATHS } from '../../paths.ts';
import { creditSchema } from '../schemas/page-schemas.ts';
import { sendRelayed } from '../sync-routes.ts';

/**
 * `chat/credit` and `generate/credit`: what the upstream says is left, or a fixed number while Suno is simulated. Both are served, and both of the
 * upstream's are tried, whoever it is: each vendor knows one of them.
 */
export function registerCreditRoutes(app: FastifyInstance, { suno, creditBalance }: { suno: SunoRelay; creditBalance: number }): void {
  for (const path of CREDIT_PATHS) {
    app.get(`/api/v1/${path}`, { schema: creditSchema }, async (_request, reply) => {
      if (suno.isSimulated) return sendEnvelope(reply, success(creditBalance));
      const first = await suno.ask('GET', CREDIT_PATHS[0], {});
      return sendRelayed(reply, first.code === 404 ? await suno.ask('GET', CREDIT_PATHS[1], {}) : first);
    });
  }
}
