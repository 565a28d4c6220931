import type { Ajv2020, ValidateFunction } from 'ajv/dist/2020.js';
import { isJsonObject, objectAt, parseJson, textAt, type JsonObject, type JsonValue } from '@atelier/lib/json';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** One operation of an OpenAPI document. */
export interface Operation {
  method: string;
  path: string;
  /** The names of its query fields. */
  queryNames: string[];
  /** For each form of its body the fields, with the values that the document allows; null where the document lists no values. */
  bodies: Record<string, JsonValue[] | null>[];
  isStream: boolean;
  responses: JsonObject;
}

/** Every operation of a document. */
export function operationsOf(document: JsonObject): Operation[] {
  const found: Operation[] = [];
  for (const [path, item] of Object.entries(objectAt(document, 'paths'))) {
    if (!isJsonObject(item)) continue;
    for (const method of METHODS) {
      const operation = item[method];
      if (!isJsonObject(operation)) continue;
      const parameters = Array.isArray(operation['parameters']) ? operation['parameters'].filter(isJsonObject) : [];
      const responses = objectAt(operation, 'responses');
      found.push({
        method,
        path,
        responses,
        bodies: formsOf(document, bodyOf(operation)).map(valuesOf),
        queryNames: parameters.filter((parameter) => parameter['in'] === 'query').map((parameter) => textAt(parameter, 'name')),
        isStream: JSON.stringify(responses).includes('text/event-stream'),
      });
    }
  }
  return found;
}

const bodyOf = (operation: JsonObject): JsonObject =>
  objectAt(objectAt(objectAt(objectAt(operation, 'requestBody'), 'content'), 'application/json'), 'schema');

/** The object schemas behind a schema: references are followed, and a union gives each of its members. */
function formsOf(document: JsonObject, schema: JsonObject): JsonObject[] {
  const name = textAt(schema, '$ref').replace('#/components/schemas/', '');
  if (name !== '') return formsOf(document, objectAt(objectAt(objectAt(document, 'components'), 'schemas'), name));
  const members = schema['anyOf'] ?? schema['oneOf'];
  return Array.isArray(members) ? members.filter(isJsonObject).flatMap((member) => formsOf(document, member)) : [schema];
}

const valuesOf = (form: JsonObject): Record<string, JsonValue[] | null> =>
  Object.fromEntries(
    Object.entries(objectAt(form, 'properties')).map(([name, field]) => {
      const known = isJsonObject(field) ? (field['const'] === undefined ? field['enum'] : [field['const']]) : null;
      return [name, Array.isArray(known) ? [...known] : null];
    }),
  );

/** The error of an answer by its document, or null. */
export function faultOf(
  ajv: Ajv2020,
  name: string,
  { method, path, responses, isStream }: Operation,
  status: number,
  body: string,
): string | null {
  const key = [`${status}`, `${Math.floor(status / 100)}XX`, 'default'].find((declared) => declared in responses);
  if (key === undefined) return 'this status is not documented';
  const [type] = Object.keys(objectAt(objectAt(responses, key), 'content'));
  if (status === 204 || (isStream && status === 200)) return body === '' ? null : 'a body where none is documented';
  if (type === undefined) return 'no body is documented';
  const escaped = [path, method, key, type].map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
  const [inPath, inMethod, inKey, inType] = escaped;
  const validate: ValidateFunction | undefined = ajv.getSchema(
    `${name}#/paths/${inPath}/${inMethod}/responses/${inKey}/content/${inType}/schema`,
  );
  const parsed = parseJson(body);
  if (!validate || !parsed.ok) return validate ? 'no JSON' : 'no schema is documented';
  return validate(parsed.value) ? null : ajv.errorsText(validate.errors);
}
