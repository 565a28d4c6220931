import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { REST_ERRORS } from './errors.ts';
import { MAX_UPLOAD_BYTES, parameterOf, RestRefusal, sendError, type RestDependencies } from './rest-support.ts';

/** Files by signed link, and the place that uploads are PUT to; neither asks for a token. */
export function registerCdnRoutes(app: FastifyInstance, { files, switches, baseUrl }: RestDependencies): void {
  const serve = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const found = files.open(new URL(request.url, baseUrl()));
    if (typeof found === 'string') return reply.code(404).type('text/plain').send('This content is no longer available.');
    return reply.type(found.file.contentType).header('cache-control', 'public, max-age=31536000').send(Buffer.from(found.bytes));
  };
  for (const folder of ['attachments', 'ephemeral-attachments']) {
    // GET answers HEAD too.
    app.get(`/${folder}/:channel/:id/:filename`, serve);
    app.get(`/media/${folder}/:channel/:id/:filename`, serve);
  }

  app.put('/uploads/:uuid/:filename', { bodyLimit: MAX_UPLOAD_BYTES }, async (request, reply) => {
    const name = `${parameterOf(request, 'uuid')}/${parameterOf(request, 'filename')}`;
    if (!files.isReserved(name)) return sendError(reply, REST_ERRORS.notFound);
    const bytes = Buffer.isBuffer(request.body) ? request.body : undefined;
    if (!bytes) throw new RestRefusal(REST_ERRORS.emptyMessage);
    if (bytes.byteLength > switches.maxUploadBytes) throw new RestRefusal(REST_ERRORS.tooLarge);
    files.putUpload(name, { bytes, contentType: request.headers['content-type'] ?? 'application/octet-stream' });
    return reply.code(200).send('');
  });
}
