import type { FastifyInstance } from 'fastify';
import { isJsonObject } from '@atelier/lib/json';
import { idText } from '../ids.ts';
import { invalidForm, REST_ERRORS, required } from './errors.ts';
import { visibleChannel } from './general-routes.ts';
import { safeFilename } from './message-routes.ts';
import { authenticate, bodyOf, parameterOf, RestRefusal, type RestDependencies } from './rest-support.ts';

/** Uploads that are announced before they come, and links that are signed anew. Source: discord-userdoccers, cloud uploads. */
export function registerAttachmentRoutes(api: FastifyInstance, dependencies: RestDependencies): void {
  const { hub, files, switches, randomUuid, baseUrl } = dependencies;
  api.post('/channels/:channel/attachments', async (request) => {
    visibleChannel(dependencies, authenticate(request, hub), parameterOf(request, 'channel'));
    const { files: wanted } = bodyOf(request);
    if (!Array.isArray(wanted) || wanted.length === 0 || wanted.length > 10) throw new RestRefusal(required('files'));
    return {
      attachments: wanted.map((entry, index) => {
        if (!isJsonObject(entry) || typeof entry['filename'] !== 'string')
          throw new RestRefusal(required('files', String(index), 'filename'));
        if (typeof entry['file_size'] !== 'number') throw new RestRefusal(required('files', String(index), 'file_size'));
        if (entry['file_size'] > switches.maxUploadBytes) throw new RestRefusal(REST_ERRORS.tooLarge);
        const name = `${randomUuid()}/${safeFilename(entry['filename'])}`;
        files.reserve(name);
        // The id comes back as it was given, number or string: interactions refer to it.
        return { id: entry['id'] ?? null, upload_url: `${baseUrl()}/uploads/${name}`, upload_filename: name };
      }),
    };
  });
  api.delete('/attachments/:uuid/:filename', async (request, reply) => {
    authenticate(request, hub);
    if (!files.dropUpload(`${parameterOf(request, 'uuid')}/${parameterOf(request, 'filename')}`))
      throw new RestRefusal(REST_ERRORS.notFound);
    return reply.code(204).send();
  });
  api.post('/attachments/refresh-urls', async (request) => {
    authenticate(request, hub);
    const { attachment_urls: urls } = bodyOf(request);
    if (!Array.isArray(urls) || urls.length === 0 || urls.length > 50)
      throw new RestRefusal(invalidForm(['attachment_urls'], 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 50 in length.'));
    return { refreshed_urls: urls.map((url) => ({ original: url, refreshed: files.refresh(idText(url) ?? '') })) };
  });
}
