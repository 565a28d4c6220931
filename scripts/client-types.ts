/** JSON Schema of an OpenAPI 3.1 document as TypeScript, in the form that openapi-fetch reads: `paths` and `components`. */

interface Schema {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  description?: string;
}

interface Parameter {
  in: string;
  name: string;
  required?: boolean;
  description?: string;
  schema: Schema;
}

type Content = Record<string, { schema: Schema }>;

interface Operation {
  summary?: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
}

export interface OpenapiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const HEAD = `// Written by "npm run check -- --write" from the OpenAPI document of the native API. Not edited by hand.

`;

/** The module's text, not formatted. */
export function renderClientTypes({ paths, components }: OpenapiDocument): string {
  const routes = Object.entries(paths).map(([path, operations]) => `${quote(path)}: ${toPath(operations)};`);
  const schemas = Object.entries(components.schemas).map(([name, schema]) => `${doc(schema)}${name}: ${toType(schema)};`);
  return `${HEAD}export interface paths {\n${routes.join('\n')}\n}\n\nexport interface components {\nschemas: {\n${schemas.join('\n')}\n}\n}\n`;
}

const quote = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name));
const doc = ({ description }: { description?: string }): string =>
  description === undefined ? '' : `/** ${description.replaceAll('*/', '*\\/')} */\n`;
const object = (members: string[]): string => `{\n${members.join('\n')}\n}`;

function toPath(operations: Record<string, Operation>): string {
  const members = Object.entries(operations).map(
    ([method, operation]) =>
      `${doc(operation.summary === undefined ? {} : { description: operation.summary })}${method}: ${toOperation(operation)};`,
  );
  return object([`parameters: ${object(['query', 'header', 'path', 'cookie'].map((part) => `${part}?: never;`))};`, ...members]);
}

function toOperation({ parameters = [], requestBody, responses }: Operation): string {
  const parts = ['query', 'header', 'path', 'cookie'].map((part) => {
    const own = parameters.filter((parameter) => parameter.in === part);
    if (own.length === 0) return `${part}?: never;`;
    const isRequired = own.some(({ required }) => required);
    return `${part}${isRequired ? '' : '?'}: ${object(own.map((one) => `${doc(one)}${key(one.name)}${one.required ? '' : '?'}: ${toType(one.schema)};`))};`;
  });
  const answers = Object.entries(responses).map(([status, { content }]) => {
    const name = /^\d+$/.test(status) ? status : quote(status);
    return `${name}: { headers: { [name: string]: unknown }; content${content ? `: ${toContent(content)}` : '?: never'} };`;
  });
  const body = requestBody
    ? `requestBody${requestBody.required ? '' : '?'}: { content: ${toContent(requestBody.content)} };`
    : 'requestBody?: never;';
  return object([`parameters: ${object(parts)};`, body, `responses: ${object(answers)};`]);
}

const toContent = (content: Content): string =>
  object(Object.entries(content).map(([type, { schema }]) => `${quote(type)}: ${toType(schema)};`));

/** The type of what fits a schema. Throws for a schema that it does not know: a wrong type would be worse than none. */
function toType(schema: Schema): string {
  if (schema.$ref !== undefined) return `components['schemas'][${quote(schema.$ref.split('/').at(-1) ?? '')}]`;
  if (schema.anyOf) return `(${schema.anyOf.map(toType).join(' | ')})`;
  if (schema.enum) return `(${schema.enum.map((value) => JSON.stringify(value)).join(' | ')})`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `${toType(schema.items ?? {})}[]`;
    case 'object':
      return toObject(schema);
    case undefined:
      return 'unknown';
    default:
      throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
}

function toObject({ properties = {}, patternProperties, required = [], additionalProperties }: Schema): string {
  const members = Object.entries(properties).map(
    ([name, schema]) => `${doc(schema)}${key(name)}${required.includes(name) ? '' : '?'}: ${toType(schema)};`,
  );
  const [pattern] = Object.values(patternProperties ?? {});
  if (pattern) members.push(`[name: string]: ${toType(pattern)};`);
  else if (additionalProperties === true) members.push('[name: string]: unknown;');
  else if (typeof additionalProperties === 'object') members.push(`[name: string]: ${toType(additionalProperties)};`);
  return members.length === 0 ? 'Record<string, never>' : object(members);
}
