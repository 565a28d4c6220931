import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SUNO_OPERATIONS, type SunoInput, type SunoOperation } from '../../../../engine/suno/input.ts';
import { JobError } from '../../../../core/errors.ts';
import { requireAllowed } from '../../../../policy/policy-service.ts';
import type { JsonObject } from '@atelier/lib/json';
import type { DialectDeps } from '../../../dialect.ts';
import { upstreamTaskIdOf } from '../../../music/tracks.ts';
import { bodyOf, taskIdOf } from '../fields.ts';
import { recordPath, submitPath } from '../paths.ts';
import { sendRecord, sendTaskId, type TaskDraft, type Tasks } from '../tasks.ts';
import { toMusicRecord } from './music-record.ts';
import { READ_MUSIC, type MusicOperation } from './music-requests.ts';
import { OTHER_RECORDS } from './other-records.ts';
import { READ_OTHER, type OtherOperation } from './other-requests.ts';
import { findSource, requireTrack, type FollowUpSource } from './parents.ts';
import { RECORD_SCHEMAS, SUBMIT_SCHEMAS } from './schemas/page-schemas.ts';
import type { SunoVendor } from './vendor.ts';

interface SunoRouteDeps extends Pick<DialectDeps, 'links' | 'checkUrl' | 'policy' | 'suno'> {
  tasks: Tasks;
  vendor: SunoVendor;
}

/** The pages on Suno tasks. Each request is authenticated already (`tasks.addHooks`). */
export function registerSunoRoutes(app: FastifyInstance, deps: SunoRouteDeps): void {
  const { tasks, links, vendor } = deps;

  for (const operation of Object.keys(READ_MUSIC).filter(isMusic)) {
    app.post(submitPath(operation), { schema: SUBMIT_SCHEMAS[operation] }, async (request, reply) => {
      requireAvailable(deps, operation);
      const fields = READ_MUSIC[operation](bodyOf(request), deps.checkUrl);
      const source = operation === 'replace-section' ? { parent: (await requireTrack(tasks, request)).job } : {};
      requireAllowedTexts(deps, fields);
      return sendTaskId(reply, await tasks.submit(request, reply, toDraft(request, operation, { fields, source })));
    });
  }
  app.get(recordPath('generate'), { schema: RECORD_SCHEMAS.generate }, async (request, reply) => {
    const job = await tasks.find(request, 'suno', taskIdOf(request));
    return sendRecord(reply, job?.verb === 'music' ? toMusicRecord(job, links, vendor) : null);
  });

  for (const operation of Object.keys(READ_OTHER).filter(isOther)) {
    app.post(submitPath(operation), { schema: SUBMIT_SCHEMAS[operation] }, async (request, reply) => {
      requireAvailable(deps, operation);
      const fields = READ_OTHER[operation](bodyOf(request), deps.checkUrl);
      const source = await findSource(tasks, request, operation);
      requireAllowedTexts(deps, fields);
      return sendTaskId(reply, await tasks.submit(request, reply, toDraft(request, operation, { fields, source })));
    });
    app.get(recordPath(operation), { schema: RECORD_SCHEMAS[operation] }, async (request, reply) => {
      const job = await tasks.find(request, 'suno', taskIdOf(request));
      return sendRecord(reply, job?.verb === operation ? OTHER_RECORDS[operation](job, links, vendor) : null);
    });
  }
}

const isMusic = (operation: string): operation is MusicOperation => operation in READ_MUSIC;
const isOther = (operation: string): operation is OtherOperation => operation in READ_OTHER;

function requireAvailable({ suno }: Pick<SunoRouteDeps, 'suno'>, operation: SunoOperation): void {
  if (suno.isSimulated && !SUNO_OPERATIONS[operation].isSimulated) throw needsVendor();
}

/** The refusal of operations that the simulator does not have. */
export const needsVendor = (): JobError =>
  new JobError(
    'not-configured',
    'Only Suno itself can do this: set SUNO_UPSTREAM to the URL of a Suno API (such as https://api.kie.ai) and SUNO_API_KEY to its key',
  );

/** Fields with texts that a person wrote. */
const AUTHORED = ['prompt', 'lyrics', 'fullLyrics', 'style', 'title', 'tags', 'content', 'name', 'description'];

/** Throws `JobError('content-policy')` when the policy refuses one of the request's texts. */
export function requireAllowedTexts({ policy }: Pick<DialectDeps, 'policy'>, fields: JsonObject): void {
  for (const name of AUTHORED) {
    const text = fields[name];
    if (typeof text === 'string') requireAllowed(policy, 'kie', text);
  }
}

function toDraft(
  request: FastifyRequest,
  operation: SunoOperation,
  { fields, source }: { fields: JsonObject; source: FollowUpSource },
): TaskDraft {
  const { callBackUrl: _callBackUrl, ...sent } = tidy(fields);
  const { parent, echo, ...rest } = source;
  const input: SunoInput = { operation, request: parent ? { ...sent, taskId: upstreamTaskIdOf(parent) } : sent };
  return {
    engine: 'suno',
    verb: operation in READ_MUSIC ? 'music' : operation,
    input,
    echo: { paramJson: JSON.stringify(bodyOf(request)), ...echo },
    usesSlot: false,
    ...(parent ? { parent } : {}),
    ...rest,
  };
}

const NUMBERS = ['styleWeight', 'weirdnessConstraint', 'audioWeight', 'duration', 'continueAt', 'infillStartS', 'infillEndS'];

/** Drops empty fields and turns numbers sent as text into numbers: forms send both, and some upstreams refuse them. */
const tidy = (fields: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== null && value !== '')
      .map(([name, value]) => [name, NUMBERS.includes(name) && typeof value === 'string' ? Number(value) : value]),
  );
