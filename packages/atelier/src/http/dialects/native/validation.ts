import type { FastifySchemaCompiler } from 'fastify';
import { Compile } from 'typebox/compile';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { JobError } from '../../../core/errors.ts';
import { isJsonObject, textAt } from '@atelier/lib/json';

/** One fault in a part of a request; `path` is a JSON pointer into that part. */
type Violation = { path: string; message: string };

type Check = (value: unknown) => Violation[];

/**
 * Checks requests by their schemas; a fault throws `JobError('invalid-request')` with every violation in its fact `errors`.
 * Queries and path parameters are text: they are converted first, and a list may be written with commas. In a union with a `discriminator` only the
 * member that the request names is checked, so that the errors are about this member.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  const check = createCheck(schema);
  const part = httpPart === 'querystring' ? 'query' : httpPart === 'params' ? 'path' : httpPart;
  return (given: unknown) => {
    const value = part === 'body' ? given : Value.Convert(schema, splitLists(schema, given));
    const errors = check(value).map((violation) => ({ in: part, ...violation }));
    const [first] = errors;
    if (!first) return { value };
    const detail = `${first.path === '' ? `The ${part}` : first.path} ${first.message}`;
    return {
      error: new JobError('invalid-request', errors.length > 1 ? `${detail} (and ${errors.length - 1} more)` : detail, {
        facts: { errors },
      }),
    };
  };
};

function createCheck(schema: TSchema): Check {
  const name = discriminatorOf(schema);
  const members = name === undefined ? undefined : membersOf(schema, name);
  if (name === undefined || members === undefined) return createPlainCheck(schema);
  const known = `must be one of ${[...members.keys()].join(', ')}`;
  return (value) => {
    if (!isJsonObject(value)) return [{ path: '', message: 'must be a JSON object' }];
    const meant = value[name];
    if (meant === undefined) return [{ path: `/${name}`, message: `is required and ${known}` }];
    const member = typeof meant === 'string' ? members.get(meant) : undefined;
    return member ? member(value) : [{ path: `/${name}`, message: known }];
  };
}

function createPlainCheck(schema: TSchema): Check {
  const validator = Compile(schema);
  return (value) => {
    if (validator.Check(value)) return [];
    if ('properties' in schema && !isJsonObject(value)) return [{ path: '', message: 'must be a JSON object' }];
    const errors = validator.Errors(value).flatMap((error) => {
      // Faults inside each member of a union are left out: the union's own error says that no member fits.
      if (/\/anyOf\/\d/.test(error.schemaPath)) return [];
      if (error.keyword === 'required') {
        return error.params.requiredProperties.map((field) => ({ path: `${error.instancePath}/${field}`, message: 'is required' }));
      }
      // Each unknown field gives a `boolean` error; the error that lists all unknown fields is left out.
      if (error.keyword === 'boolean') return [{ path: error.instancePath, message: 'is not a known field' }];
      if (error.keyword === 'additionalProperties') return [];
      return [{ path: error.instancePath, message: messageOf(error) }];
    });
    // TypeBox reports only the first few errors. When all of these are left out above, the value is still refused.
    return errors.length > 0 ? errors : [{ path: '', message: 'is not valid' }];
  };
}

function messageOf(error: { keyword: string; params: object; message: string }): string {
  if (error.keyword === 'anyOf') return 'has none of the forms that are allowed here';
  if (error.keyword === 'enum' && 'allowedValues' in error.params && Array.isArray(error.params.allowedValues)) {
    return `must be one of ${error.params.allowedValues.join(', ')}`;
  }
  return error.message;
}

function discriminatorOf(schema: TSchema): string | undefined {
  const discriminator: unknown = 'discriminator' in schema ? schema.discriminator : undefined;
  const name = isJsonObject(discriminator) ? discriminator['propertyName'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

function membersOf(schema: TSchema, name: string): Map<string, Check> | undefined {
  if (!('anyOf' in schema) || !Array.isArray(schema.anyOf)) return undefined;
  return new Map(schema.anyOf.map((member: TSchema) => [constOf(member, name), createPlainCheck(member)]));
}

function constOf(member: TSchema, name: string): string {
  const properties: unknown = 'properties' in member ? member.properties : undefined;
  const property = isJsonObject(properties) ? properties[name] : undefined;
  return isJsonObject(property) ? textAt(property, 'const') : '';
}

/** `status=queued,started` and `status=queued&status=started` are one list. */
function splitLists(schema: TSchema, given: unknown): unknown {
  const properties: unknown = 'properties' in schema ? schema.properties : undefined;
  if (!isJsonObject(given) || !isJsonObject(properties)) return given;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const property = properties[name];
      const isList = isJsonObject(property) && property['type'] === 'array';
      return [name, isList && typeof value === 'string' ? value.split(',') : value];
    }),
  );
}
