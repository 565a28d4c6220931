import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyPluginAsync } from 'fastify';
import type { DialectName } from '../core/job.ts';
import type { Dialect } from './dialect.ts';

/** The texts of a dialect's document that do not come from its routes. */
interface Cover {
  title: string;
  description: string;
  /** Second paths of a documented page: served, but left out of the document. */
  alias: RegExp | null;
}

const COVERS: Record<DialectName, Cover> = {
  native: {
    title: 'Atelier API',
    description:
      'Jobs of every kind, their events and deliveries, and the keys and accounts of this server. Errors are problem details (RFC 9457).',
    alias: null,
  },
  useapi: {
    title: 'useapi.net Midjourney API v2, as Atelier serves it',
    description: 'For programs written for useapi.net: change the base URL to this server’s and the token to a key of its own.',
    alias: /^\/v1\//,
  },
  kie: {
    title: 'kie.ai Midjourney and Suno API, as Atelier serves it',
    description:
      'For programs written for kie.ai or, for music, sunoapi.org: change the base URL to this server’s and the token to a key of its own.',
    alias: null,
  },
  linkr: {
    title: 'LinkrAPI Midjourney API, as Atelier serves it',
    description: 'For programs written for LinkrAPI: change the base URL to this server’s and the token to a key of its own.',
    alias: /^\/api\//,
  },
};

export const documentPath = (dialect: DialectName): string => `/openapi/${dialect}.json`;

/** The dialect's plugin and `GET /openapi/<dialect>.json`, the OpenAPI 3.1 document of its routes with a schema. */
export function withDocument(dialect: Pick<Dialect, 'name' | 'plugin'>): FastifyPluginAsync {
  const { title, description, alias } = COVERS[dialect.name];
  return async (app) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title, description, version: '1' },
        components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
        security: [{ key: [] }],
      },
      // A schema of `app.addSchema` becomes a component with its `$id` as name; routes refer to it with `Type.Ref`.
      refResolver: {
        buildLocalReference: (json, _base, _fragment, index) => (typeof json['$id'] === 'string' ? json['$id'] : `schema-${index}`),
      },
      convertConstToEnum: false,
      transformObject: (parts) => ('openapiObject' in parts ? nameSharedSchemas(parts.openapiObject) : parts.swaggerObject),
      transform: ({ schema, url }) => {
        const isHidden = schema === undefined || schema.summary === undefined || alias?.test(url) === true;
        return { schema: isHidden ? { hide: true } : schema, url };
      },
    });
    app.get(documentPath(dialect.name), { schema: { hide: true } }, async (_request, reply) =>
      reply.header('cache-control', 'no-cache').send(app.swagger()),
    );
    await app.register(dialect.plugin);
  };
}

/** Replaces each copy of a component (an object or a list of values) by a `$ref`: @fastify/swagger writes schemas inside components out. */
function nameSharedSchemas<Document extends { components?: { schemas?: object } }>(document: Document): Document {
  const components = Object.entries(document.components?.schemas ?? {});
  const names = new Map(
    components.flatMap(([name, schema]) => ('properties' in schema || 'enum' in schema ? [[JSON.stringify(schema), name]] : [])),
  );
  const visit = (node: unknown, isComponent = false): unknown => {
    if (Array.isArray(node)) return node.map((member) => visit(member));
    if (typeof node !== 'object' || node === null) return node;
    const name = isComponent ? undefined : names.get(JSON.stringify(node));
    if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
    return Object.fromEntries(Object.entries(node).map(([key, member]) => [key, visit(member)]));
  };
  const schemas = Object.fromEntries(components.map(([name, schema]) => [name, visit(schema, true)]));
  return { ...document, ...Object(visit(document)), components: { ...document.components, schemas } };
}

/** The page loads only from this server. The hash allows the one inline style sheet of the page's code. */
const STRICT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/** `GET /docs`: a page that shows the document of each dialect, one at a time. This server serves every part of it. */
export function createDocsPage(dialects: readonly Pick<Dialect, 'name'>[]): FastifyPluginAsync {
  const urls = dialects
    .toSorted((one, other) => Number(other.name === 'native') - Number(one.name === 'native'))
    .map(({ name }) => ({ name: COVERS[name].title, url: documentPath(name) }));
  return async (app) => {
    // The page's plugin requires a document at /docs/json: it is empty here, the page loads the documents of `urls`.
    await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'Atelier', version: '1' } }, transform: hideAll });
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: STRICT_POLICY,
      theme: { title: 'Atelier API reference' },
      logo: { type: 'image/svg+xml', content: LOGO, href: '/', target: '_self' },
      uiConfig: { urls, displayRequestDuration: true, defaultModelsExpandDepth: 0 },
    });
  };
}

/** The name of this server, in place of Swagger's logo. */
const LOGO = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="110" height="40"><text x="0" y="28" font-family="sans-serif" font-size="26" font-weight="600" fill="#fff">Atelier</text></svg>',
);

const hideAll = ({ url }: { url: string }): { schema: { hide: true }; url: string } => ({ schema: { hide: true }, url });
