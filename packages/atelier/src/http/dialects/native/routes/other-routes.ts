import { Type } from 'typebox';
import { describeProblem, isErrorCode, PROBLEM_CODES } from '../../../problem.ts';
import { keyOf, maySee, notFound, requireAdmin, type NativeRoute } from '../context.ts';
import { answers, Dialect, toTime } from '../schema.ts';

const readAsset: NativeRoute = (app, { store, links, clock }) => {
  const schema = {
    summary: 'Read the record of a file, with a fresh link to it',
    operationId: 'getAsset',
    tags: ['assets'],
    params: Type.Object({ assetId: Type.String() }),
    response: answers({ 200: Type.Ref('Asset') }),
  };
  app.get('/assets/:assetId', { schema }, async (request) => {
    const { assetId } = request.params;
    const asset = await store.getAsset(assetId);
    if (!asset || !maySee(keyOf(request), asset) || asset.expiresAtMs <= clock.now()) throw notFound('Asset', assetId);
    const job = (await store.getJob(asset.jobId)) ?? { finishedAtMs: asset.createdAtMs, updatedAtMs: asset.createdAtMs };
    return {
      id: asset.id,
      jobId: asset.jobId,
      url: links.url({ assetId: asset.id, filename: asset.filename }, job),
      contentType: asset.contentType,
      filename: asset.filename,
      bytes: asset.bytes,
      width: asset.width,
      height: asset.height,
      createdAt: toTime(asset.createdAtMs),
      expiresAt: toTime(asset.expiresAtMs),
    };
  });
};

const checkPolicy: NativeRoute = (app, { policy }) => {
  const schema = {
    summary: 'Check a prompt against the content policy',
    operationId: 'checkPolicy',
    tags: ['policy'],
    body: Type.Object({ text: Type.String({ maxLength: 100_000 }), dialect: Type.Optional(Dialect) }, { additionalProperties: false }),
    response: answers({
      200: Type.Object({ allowed: Type.Boolean(), term: Type.Optional(Type.String({ description: 'The term that was found' })) }),
    }),
  };
  app.post('/policy/check', { schema }, async ({ body }) => policy.check(body.dialect ?? 'native', body.text));
};

const reloadPolicy: NativeRoute = (app, { policy }) => {
  const schema = {
    summary: 'Read the list of blocked terms again',
    operationId: 'reloadPolicy',
    tags: ['policy'],
    response: answers({ 200: Type.Object({ terms: Type.Integer() }) }),
  };
  app.post('/policy/reload', { schema, onRequest: requireAdmin }, async () => policy.reload());
};

/** The records of files, and the content policy. */
export const OTHER_ROUTES: readonly NativeRoute[] = [readAsset, checkPolicy, reloadPolicy];

const listProblems: NativeRoute = (app) => {
  const schema = {
    summary: 'List every kind of problem',
    operationId: 'listProblems',
    tags: ['problems'],
    security: [],
    response: { 200: Type.Object({ items: Type.Array(Type.Ref('ProblemKind')) }) },
  };
  app.get('/problems', { schema }, async () => ({ items: PROBLEM_CODES.map(describeProblem) }));
};

const readProblem: NativeRoute = (app) => {
  const schema = {
    summary: 'Read about a kind of problem',
    operationId: 'getProblem',
    tags: ['problems'],
    security: [],
    params: Type.Object({ code: Type.String() }),
    response: answers({ 200: Type.Ref('ProblemKind') }),
  };
  app.get('/problems/:code', { schema }, async ({ params: { code } }) => {
    if (!isErrorCode(code)) throw notFound('Problem', code);
    return describeProblem(code);
  });
};

/** The pages that the `type` of a problem names. They need no key. */
export const PUBLIC_ROUTES: readonly NativeRoute[] = [listProblems, readProblem];
