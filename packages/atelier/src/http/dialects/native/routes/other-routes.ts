import { Type } from 'typebox';
import type { NativeDeps } from '../../../dialect.ts';
import { describeProblem, isErrorCode, PROBLEM_CODES } from '../../../problem.ts';
import { keyOf, maySee, notFound, requireAdmin, type NativeApp } from '../context.ts';
import { answers, Dialect, toTime } from '../schema.ts';

/** Files: what they are, and a fresh link to each. */
export function registerAssetRoutes(app: NativeApp, { store, links, clock }: NativeDeps): void {
  const schema = {
    summary: 'Read what a file is, with a link to it',
    operationId: 'getAsset',
    tags: ['assets'],
    params: Type.Object({ assetId: Type.String() }),
    response: answers({ 200: Type.Ref('Asset') }),
  };
  app.get('/assets/:assetId', { schema }, async (request) => {
    const { assetId } = request.params;
    const asset = await store.getAsset(assetId);
    if (!asset || !maySee(keyOf(request), asset) || asset.expiresAtMs <= clock.now()) throw notFound('file', assetId);
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
}

/** The content policy: what it says of a text, and its list of terms read anew. */
export function registerPolicyRoutes(app: NativeApp, { policy }: NativeDeps): void {
  const check = {
    summary: 'Ask whether a prompt may be sent on',
    operationId: 'checkPolicy',
    tags: ['policy'],
    body: Type.Object({ text: Type.String({ maxLength: 100_000 }), dialect: Type.Optional(Dialect) }, { additionalProperties: false }),
    response: answers({
      200: Type.Object({ allowed: Type.Boolean(), term: Type.Optional(Type.String({ description: 'The term that was found' })) }),
    }),
  };
  app.post('/policy/check', { schema: check }, async (request) => policy.check(request.body.dialect ?? 'native', request.body.text));

  const reload = {
    summary: 'Read the list of blocked terms anew',
    operationId: 'reloadPolicy',
    tags: ['policy'],
    response: answers({ 200: Type.Object({ terms: Type.Integer() }) }),
  };
  app.post('/policy/reload', { schema: reload, onRequest: requireAdmin }, async () => policy.reload());
}

/** What `type` of a problem leads to. No key is needed. */
export function registerProblemRoutes(app: NativeApp): void {
  const ProblemKind = Type.Object({
    type: Type.String(),
    code: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    retryable: Type.Boolean({ description: 'The same request may succeed later without being changed' }),
  });
  const tags = ['problems'];

  const list = {
    summary: 'List every kind of problem',
    operationId: 'listProblems',
    tags,
    security: [],
    response: { 200: Type.Object({ items: Type.Array(ProblemKind) }) },
  };
  app.get('/problems', { schema: list }, async () => ({ items: PROBLEM_CODES.map(describeProblem) }));

  const read = {
    summary: 'Read about a kind of problem',
    operationId: 'getProblem',
    tags,
    security: [],
    params: Type.Object({ code: Type.String() }),
    response: answers({ 200: ProblemKind }),
  };
  app.get('/problems/:code', { schema: read }, async (request) => {
    const { code } = request.params;
    if (!isErrorCode(code)) throw notFound('problem', code);
    return describeProblem(code);
  });
}
