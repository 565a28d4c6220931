import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SUNO_OPERATIONS, type SunoInput, type SunoOperation } from '../../../../engine/suno/input.ts';
import type { JsonObject } from '@atelier/lib/json';
import { upstreamTaskIdOf } from '../../../tracks.ts';
import { sendEnvelope, success } from '../envelope.ts';
import { bodyOf, taskIdOf } from '../fields.ts';
import type { TaskDraft } from '../tasks.ts';
import { registerCreditRoutes } from './records/credit.ts';
import { READ_MUSIC, type MusicOperation } from './music-requests.ts';
import { toMusicRecord } from './music-record.ts';
import { READ_OTHER, type OtherOperation } from './other-requests.ts';
import { OTHER_RECORDS } from './other-records.ts';
import { needsVendor, requireAllowedTexts, type SunoPages } from './pages.ts';
import { createParents, type FollowUpSource } from './parents.ts';
import { recordPath, submitPath } from '../paths.ts';
import { RECORD_SCHEMAS, SUBMIT_SCHEMAS } from './schemas/page-schemas.ts';
import { registerSyncRoutes } from './sync-routes.ts';

/** Every page on Suno but that of music videos, which are made here. */
export function registerSunoRoutes(app: FastifyInstance, deps: SunoPages): void {
  const { tasks, links, vendor } = deps;
  const parents = createParents(tasks);

  for (const operation of Object.keys(READ_MUSIC).filter(isMusic)) {
    app.post(submitPath(operation), { schema: SUBMIT_SCHEMAS[operation] }, async (request, reply) => {
      requireAvailable(deps, operation);
      const wanted = READ_MUSIC[operation](bodyOf(request), deps.checkUrl);
      const source = operation === 'replace-section' ? { parent: (await parents.requireTrack(request)).job } : {};
      return tasks.submit(request, reply, toTask(deps, request, { operation, wanted, source }));
    });
  }
  for (const operation of Object.keys(READ_OTHER).filter(isOther)) {
    app.post(submitPath(operation), { schema: SUBMIT_SCHEMAS[operation] }, async (request, reply) => {
      requireAvailable(deps, operation);
      const wanted = READ_OTHER[operation](bodyOf(request), deps.checkUrl);
      const source = await parents.find(request, operation, wanted);
      return tasks.submit(request, reply, toTask(deps, request, { operation, wanted, source }));
    });
    app.get(recordPath(operation), { schema: RECORD_SCHEMAS[operation] }, async (request, reply) => {
      const job = await tasks.find(request, 'suno', taskIdOf(request));
      return sendEnvelope(reply, success(job?.verb === operation ? OTHER_RECORDS[operation](job, links, vendor) : null));
    });
  }
  app.get(recordPath('generate'), { schema: RECORD_SCHEMAS.generate }, async (request, reply) => {
    const job = await tasks.find(request, 'suno', taskIdOf(request));
    // A task that nobody knows is a success without data. Source: kie, recorded replies.
    return sendEnvelope(reply, success(job?.verb === 'music' ? toMusicRecord(job, links, vendor) : null));
  });
  registerSyncRoutes(app, deps, parents);
  registerCreditRoutes(app, deps);
}

const isMusic = (operation: string): operation is MusicOperation => operation in READ_MUSIC;
const isOther = (operation: string): operation is OtherOperation => operation in READ_OTHER;

function requireAvailable({ suno }: Pick<SunoPages, 'suno'>, operation: SunoOperation): void {
  if (suno.isSimulated && !SUNO_OPERATIONS[operation].isSimulated) throw needsVendor();
}

interface Draft {
  operation: SunoOperation;
  /** The fields that are sent on. */
  wanted: JsonObject;
  source: FollowUpSource;
}

const NUMBERS = ['styleWeight', 'weirdnessConstraint', 'audioWeight', 'duration', 'continueAt', 'infillStartS', 'infillEndS'];

/** Without fields that say nothing, and with numbers that came as text as numbers: forms send both, and not every upstream takes them. */
const tidy = (wanted: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(wanted)
      .filter(([, value]) => value !== null && value !== '')
      .map(([name, value]) => [name, NUMBERS.includes(name) && typeof value === 'string' ? Number(value) : value]),
  );

function toTask(deps: SunoPages, request: FastifyRequest, { operation, wanted, source }: Draft): TaskDraft {
  requireAllowedTexts(deps, wanted);
  const { callBackUrl: _callBackUrl, ...fields } = tidy(wanted);
  const { parent, echo, dedupeKey } = source;
  const input: SunoInput = { operation, request: parent ? { ...fields, taskId: upstreamTaskIdOf(parent) } : fields };
  return {
    engine: 'suno',
    verb: operation in READ_MUSIC ? 'music' : operation,
    input,
    echo: { paramJson: JSON.stringify(bodyOf(request)), ...echo },
    usesSlot: false,
    ...(parent ? { parent } : {}),
    ...(dedupeKey === undefined ? {} : { dedupeKey }),
  };
}
