/** JSON Schema of an OpenAPI 3.1 document as TypeScript, in the form that openapi-fetch reads: `paths` and `components`. */

interface Schema {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  allOf?: Schema[];
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

type AnswerOf<Content> = { headers: { [name: string]: unknown }; content: Content };
type ProblemAnswer = AnswerOf<{ 'application/problem+json': Schemas['Problem'] }>;
type JsonAnswers<Bodies> = { [Status in keyof Bodies]: AnswerOf<{ 'application/json': Bodies[Status] }> };
type ProblemAnswers = { '4XX': ProblemAnswer; '5XX': ProblemAnswer };

`;

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';
const PARTS = ['query', 'header', 'path', 'cookie'];

/** The component of each list of values: parameters repeat such a list in place of its name. */
type EnumNames = ReadonlyMap<string, string>;

/** The module's text, not formatted. */
export function renderClientTypes({ paths, components }: OpenapiDocument): string {
  const schemas = Object.entries(components.schemas);
  const enums: EnumNames = new Map(schemas.flatMap(([name, schema]) => (schema.enum ? [[toUnion(schema.enum), name]] : [])));
  const routes = Object.entries(paths).map(([path, operations]) => `${quote(path)}: ${toPath(operations, enums)};`);
  const groups = toEngineGroups(components.schemas, enums);
  const fields = groups.map(({ name, members }) => `interface ${name} ${object(members)}\n`);
  const definitions = schemas.map(([name, schema]) => {
    const group = groups.find(({ engine }) => engine === engineOf(schema));
    if (!group) return `${doc(schema)}${name}: ${toDefinition(schema, enums)};`;
    const own = toMembers(schema, enums).filter((member) => !group.members.includes(member));
    return `${doc(schema)}${name}: ${group.name} & ${object(own)};`;
  });
  return `${HEAD}export interface paths ${object(routes)}\n\n${fields.join('\n')}\nexport interface Schemas ${object(definitions)}\n\nexport interface components { schemas: Schemas }\n`;
}

/** Fields that the requests of all verbs of one engine have. */
interface EngineGroup {
  engine: string;
  name: string;
  members: string[];
}

const engineOf = ({ properties }: Schema): unknown => properties?.['engine']?.const;

function toEngineGroups(schemas: Record<string, Schema>, enums: EnumNames): EngineGroup[] {
  const groups = Map.groupBy(
    Object.values(schemas).filter((schema) => typeof engineOf(schema) === 'string'),
    (schema) => String(engineOf(schema)),
  );
  return [...groups].flatMap(([engine, requests]) => {
    const [first = [], ...others] = requests.map((schema) => toMembers(schema, enums));
    const members = first.filter((member) => others.every((other) => other.includes(member)));
    const name = engine.replaceAll(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase());
    return others.length === 0 ? [] : [{ engine, name: `${name}Fields`, members }];
  });
}

const quote = (text: string): string => `'${text.replaceAll("'", "\\'")}'`;
const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quote(name));
const doc = ({ description }: { description?: string }): string =>
  description === undefined ? '' : `/** ${description.replaceAll('*/', '*\\/')} */\n`;
/** On one line where no member has a comment; the formatter breaks a line that is too long. */
const object = (members: readonly string[]): string =>
  members.some((member) => member.includes('\n')) ? `{\n${members.join('\n')}\n}` : `{ ${members.join(' ')} }`;
const reference = (name: string): string => `Schemas[${quote(name)}]`;
const toUnion = (values: readonly unknown[]): string => `(${values.map((value) => JSON.stringify(value)).join(' | ')})`;

function toPath(operations: Record<string, Operation>, enums: EnumNames): string {
  return object(
    Object.entries(operations).map(
      ([method, operation]) =>
        `${doc(operation.summary === undefined ? {} : { description: operation.summary })}${method}: ${toOperation(operation, enums)};`,
    ),
  );
}

function toOperation({ parameters = [], requestBody, responses }: Operation, enums: EnumNames): string {
  const parts = PARTS.flatMap((part) => {
    const own = parameters.filter((parameter) => parameter.in === part);
    if (own.length === 0) return [];
    const isRequired = own.some(({ required }) => required);
    const fields = own.map((one) => `${doc(one)}${key(one.name)}${one.required ? '' : '?'}: ${toType(one.schema, enums)};`);
    return [`${part}${isRequired ? '' : '?'}: ${object(fields)};`];
  });
  const body = requestBody && `requestBody${requestBody.required ? '' : '?'}: { content: ${toContent(requestBody.content, enums)} };`;
  return object([
    `parameters: ${parts.length === 0 ? '{ query?: never }' : object(parts)};`,
    ...(body ? [body] : []),
    toResponses(responses, enums),
  ]);
}

/** JSON answers and problems by the types of the module's head; other answers in full. */
function toResponses(responses: Operation['responses'], enums: EnumNames): string {
  const json: string[] = [];
  const others: string[] = [];
  let hasProblems = false;
  for (const [status, { content }] of Object.entries(responses)) {
    const body = content?.[JSON_TYPE];
    if (body) json.push(`${status}: ${toType(body.schema, enums)};`);
    else if (content?.[PROBLEM_TYPE]) hasProblems = true;
    else if (content) others.push(`${status}: AnswerOf<${toContent(content, enums)}>;`);
    else others.push(`${status}: { headers: { [name: string]: unknown }; content?: never };`);
  }
  const parts = [
    ...(json.length > 0 ? [`JsonAnswers<${object(json)}>`] : []),
    ...(others.length > 0 ? [object(others)] : []),
    ...(hasProblems ? ['ProblemAnswers'] : []),
  ];
  return `responses: ${parts.join(' & ')};`;
}

const toContent = (content: Content, enums: EnumNames): string =>
  object(Object.entries(content).map(([type, { schema }]) => `${quote(type)}: ${toType(schema, enums)};`));

/** The type of the values that fit a schema: a component by its name, never its members again. */
function toType(schema: Schema, enums: EnumNames): string {
  if (schema.$ref !== undefined) return reference(schema.$ref.split('/').at(-1) ?? '');
  const name = schema.enum && enums.get(toUnion(schema.enum));
  return name === undefined ? toDefinition(schema, enums) : reference(name);
}

/** The type of a schema, written out. Throws for an unknown kind of schema: a wrong type would be worse than an error. */
function toDefinition(schema: Schema, enums: EnumNames): string {
  if (schema.anyOf) return `(${schema.anyOf.map((member) => toType(member, enums)).join(' | ')})`;
  if (schema.allOf) return `(${schema.allOf.map((member) => toType(member, enums)).join(' & ')})`;
  if (schema.enum) return toUnion(schema.enum);
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
      return `${toType(schema.items ?? {}, enums)}[]`;
    case 'object':
      return toObject(schema, enums);
    case undefined:
      return 'unknown';
    default:
      throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
}

function toObject(schema: Schema, enums: EnumNames): string {
  const members = toMembers(schema, enums);
  return members.length === 0 ? 'Record<string, never>' : object(members);
}

function toMembers({ properties = {}, patternProperties, required = [], additionalProperties }: Schema, enums: EnumNames): string[] {
  const members = Object.entries(properties).map(
    ([name, schema]) => `${doc(schema)}${key(name)}${required.includes(name) ? '' : '?'}: ${toType(schema, enums)};`,
  );
  const [pattern] = Object.values(patternProperties ?? {});
  if (pattern) members.push(`[name: string]: ${toType(pattern, enums)};`);
  else if (additionalProperties === true) members.push('[name: string]: unknown;');
  else if (typeof additionalProperties === 'object') members.push(`[name: string]: ${toType(additionalProperties, enums)};`);
  return members;
}
