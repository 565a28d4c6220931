import type { FastifyInstance } from 'fastify';
import { idText } from '../ids.ts';
import { REST_ERRORS } from './errors.ts';
import { dimensionsOf } from './message-routes.ts';
import { bodyOf, parameterOf, sendError, type RestDependencies } from './rest-support.ts';

/**
 * The host of the application's embedded pages, which receives the mask of the editor of Vary (Region). Clients in
 * use know two forms of the route, with the page's token in the path or in the body. Source: midjourney-bot, region editor.
 */
export function registerPageRoutes(app: FastifyInstance, { application }: RestDependencies): void {
  for (const url of ['/.proxy/inpaint/api/submit-job/:token', '/inpaint/api/submit-job']) {
    app.post(url, async (request, reply) => {
      const body = bodyOf(request);
      const token = parameterOf(request, 'token') || (idText(body['customId']) ?? '').replace(/^MJ::iframe::/, '');
      const mask = Buffer.from(idText(body['mask']) ?? '', 'base64');
      if ((await dimensionsOf(mask)).width === null) return reply.code(400).send({ error: 'mask is no picture' });
      const known = application.pageSent(token, { mask, prompt: idText(body['prompt']) ?? '' });
      return known ? { status: 'success' } : sendError(reply, REST_ERRORS.notFound);
    });
  }
}
