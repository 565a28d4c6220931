import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifyPluginAsync } from 'fastify';
import { isJsonObject, parseJson, type JsonObject } from '@atelier/lib/json';

/** Holds every answer of the dialect against the response schema that its page declares for that status. */
export interface ManualCheck {
  /** The plugin, watched. */
  watch(plugin: FastifyPluginAsync): FastifyPluginAsync;
  /** Throws what did not match since the last call. */
  assertClean(): void;
  /** `POST /v2/jobs/imagine 200`: each pair of route and status that is declared; of the aliases none. */
  declared(): string[];
  /** Those that were answered. */
  seen: ReadonlySet<string>;
}

export function createManualCheck(): ManualCheck {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false });
  addFormats.default(ajv);
  const schemas = new Map<string, JsonObject>();
  const validators = new Map<string, ValidateFunction>();
  const listed: string[] = [];
  const seen = new Set<string>();
  const faults: string[] = [];

  function declare(method: string, url: string, schema: unknown): void {
    assert.ok(isJsonObject(schema) && isJsonObject(schema['response']), `${method} ${url} has no response schema`);
    for (const [status, response] of Object.entries(schema['response'])) {
      const name = `${method} ${url} ${status}`;
      assert.ok(isJsonObject(response));
      schemas.set(name, response);
      if (schema['hide'] !== true) listed.push(name);
    }
  }

  /** Compiled when first needed: a test asks few of them. */
  function validatorOf(name: string): ValidateFunction | undefined {
    const schema = schemas.get(name);
    if (schema && !validators.has(name)) validators.set(name, ajv.compile(schema));
    return validators.get(name);
  }

  function compare(name: string, payload: unknown): void {
    seen.add(name);
    const validate = validatorOf(name);
    const text = typeof payload === 'string' ? payload : '';
    if (!validate) return void faults.push(`${name} is not declared: ${text}`);
    const parsed = parseJson(text === '' ? 'null' : text);
    if (!parsed.ok || !validate(parsed.value)) faults.push(`${name}: ${ajv.errorsText(validate.errors)}: ${text}`);
  }

  return {
    watch: (plugin) => async (app, options) => {
      app.addHook('onRoute', ({ method, url, schema }) => {
        for (const name of [method].flat()) if (name !== 'HEAD' && name !== 'OPTIONS') declare(name, url, schema);
      });
      app.addHook('onSend', async (request, reply, payload) => {
        if (request.method !== 'HEAD') compare(`${request.method} ${request.routeOptions.url} ${reply.statusCode}`, payload);
      });
      await plugin(app, options);
    },
    assertClean() {
      assert.deepEqual(faults.splice(0), []);
    },
    declared: () => listed,
    seen,
  };
}
