import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { FastifyRequest } from 'fastify';
import { isJsonObject, parseJson } from '@atelier/lib/json';
import type { Dialect } from '../../dialect.ts';

/** The answers of a dialect so far, compared with the schemas of its routes. */
export interface Answers {
  /** The dialect with checked answers. */
  dialect: Dialect;
  /** `POST /v1/imagine 400`: the number of answers for each route and status. */
  seen: Map<string, number>;
  /** The same names for the answers that the routes declare. */
  declared: Set<string>;
  /** Answers that do not fit the schema of their route. */
  faults: string[];
}

/** Checks every answer of a dialect's routes. HEAD is left out: it has no body. */
export function watchAnswers(dialect: Dialect): Answers {
  const check = createSchemaCheck();
  const seen = new Map<string, number>();
  const declared = new Set<string>();
  const faults: string[] = [];

  function watch(request: FastifyRequest, status: number, body: string): void {
    const { url, method, schema } = request.routeOptions;
    const name = `${String(method)} ${url} ${status}`;
    seen.set(name, (seen.get(name) ?? 0) + 1);
    const response: unknown = schema?.response;
    const wanted = isJsonObject(response) ? response[String(status)] : undefined;
    const parsed = parseJson(body);
    const fault = parsed.ok ? check(wanted, parsed.value) : 'no JSON';
    if (fault !== null) faults.push(`${name}: ${fault} in ${body.slice(0, 500)}`);
  }

  return {
    seen,
    declared,
    faults,
    dialect: {
      ...dialect,
      plugin: async (app, options) => {
        app.addHook('onRoute', ({ method, url, schema }) => {
          if (method === 'HEAD') return;
          for (const status of Object.keys(schema?.response ?? {})) declared.add(`${String(method)} ${url} ${status}`);
        });
        app.addHook('onSend', async (request, reply, payload) => {
          if (request.method !== 'HEAD') watch(request, reply.statusCode, String(payload));
        });
        await dialect.plugin(app, options);
      },
    },
  };
}

/** A check that returns the error of a value by a JSON Schema (2020-12), or null. Without a schema every value is an error. */
export function createSchemaCheck(): (schema: unknown, value: unknown) => string | null {
  const ajv = new Ajv2020({ strict: true, strictTypes: 'log', allowUnionTypes: true });
  formats.default(ajv);
  const compiled = new Map<unknown, ValidateFunction>();
  return (schema, value) => {
    if (!isJsonObject(schema)) return 'no schema is declared';
    const validate = compiled.get(schema) ?? ajv.compile(schema);
    compiled.set(schema, validate);
    return validate(value) ? null : ajv.errorsText(validate.errors);
  };
}
