import { Type, type TInteger, type TObject, type TProperties, type TSchema } from 'typebox';
import { CODES } from './envelope.ts';

/** Parts of the schemas of all pages. Schemas only document: they validate nothing. */

export const closed = <Properties extends TProperties>(properties: Properties, description?: string): TObject<Properties> =>
  Type.Object(properties, { additionalProperties: false, ...(description === undefined ? {} : { description }) });

export const text = (description: string) => Type.String({ description });
export const nullable = <Schema extends TSchema>(schema: Schema, description: string) => Type.Union([schema, Type.Null()], { description });

export const Code = Type.Integer({
  description: 'Why the request was refused, or why the task failed; the HTTP status stays 200',
  enum: [...new Set<number>(Object.values(CODES))].toSorted((one, other) => one - other),
});

/** The code of a page that may pass on an upstream's code: any number. */
export const AnyCode = Type.Integer({ description: 'Why the request was refused; the HTTP status stays 200' });

/** A refusal with any code. */
const refused = (code: TInteger) =>
  closed({
    code,
    msg: text('The reason, in words that can be shown to users'),
    data: Type.Null({ description: 'Always null in a refusal' }),
  });

const succeeded = <Data extends TSchema>(data: Data) =>
  closed({
    code: Type.Literal(200, { description: 'Success' }),
    msg: Type.Literal('success', { description: 'Always `success`' }),
    data,
  });

/** Successes and refusals are both sent as HTTP 200; 401 and 429 are sent only with `mirrorHttpStatus`. */
export const answers = <Data extends TSchema>(data: Data, code: TInteger = Code) => ({
  200: Type.Union([succeeded(data), refused(code)], { description: 'Success or refusal, told apart by `code`' }),
  401: refused(code),
  429: refused(code),
});

export const Accepted = closed(
  { taskId: Type.String({ description: 'Id of the new task, for record-info and the follow-ups', pattern: '^[0-9a-f]{32}$' }) },
  'The accepted task',
);

export const ACCEPTED = answers(Accepted);
