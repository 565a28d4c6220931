import { isJsonObject, type JsonObject } from '@atelier/lib/json';

/** The accepted values of one member of a control request. */
export interface ControlField<Value> {
  /** Noun for the error message: "a string". */
  readonly kind: string;
  accepts(value: unknown): value is Value;
}

type Shape = Record<string, ControlField<unknown>>;
export type FieldsOf<Fields extends Shape> = { [Name in keyof Fields]?: Fields[Name] extends ControlField<infer Value> ? Value : never };

export const text: ControlField<string> = {
  kind: 'a string that is not empty',
  accepts: (value): value is string => typeof value === 'string' && value !== '',
};
/** May be empty, to clear it. */
export const anyText: ControlField<string> = { kind: 'a string', accepts: (value) => typeof value === 'string' };
export const flag: ControlField<boolean> = { kind: 'true or false', accepts: (value) => typeof value === 'boolean' };
export const version: ControlField<string> = {
  kind: 'a version such as 7.0, 6.1 or niji 6',
  accepts: (value): value is string => typeof value === 'string' && /^(?:niji [4-7]|[1-8](?:\.\d)?)$/.test(value),
};
export const amount: ControlField<number> = {
  kind: 'a number of 0 or more',
  accepts: (value): value is number => typeof value === 'number' && value >= 0,
};
export const share: ControlField<number> = {
  kind: 'a number above 0 and up to 1',
  accepts: (value): value is number => typeof value === 'number' && value > 0 && value <= 1,
};
export const whole = (least: number, most = Number.MAX_SAFE_INTEGER): ControlField<number> => ({
  kind: most === Number.MAX_SAFE_INTEGER ? `a whole number of ${least} or more` : `a whole number from ${least} to ${most}`,
  accepts: (value): value is number => Number.isSafeInteger(value) && typeof value === 'number' && value >= least && value <= most,
});
export const oneOf = <Option extends string>(options: readonly Option[]): ControlField<Option> => ({
  kind: `one of ${options.join(', ')}`,
  accepts: (value): value is Option => options.some((option) => option === value),
});
export const object: ControlField<JsonObject> = { kind: 'an object', accepts: isJsonObject };

/** The given members of a request. Throws a `RangeError` that names the first wrong or unknown member and its accepted values. */
export function readFields<Fields extends Shape>(body: JsonObject, fields: Fields): FieldsOf<Fields> {
  for (const [name, value] of Object.entries(body)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) throw new RangeError(`there is no field ${name} here; there is ${Object.keys(fields).join(', ') || 'none'}`);
    if (!field.accepts(value)) throw new RangeError(`${name} must be ${field.kind}, and is ${JSON.stringify(value)}`);
  }
  // Each member has just been tested against its field; the compiler cannot follow that through `entries`.
  return { ...body } as FieldsOf<Fields>;
}

/** The member itself. Throws a `RangeError` when it was left out. */
export function required<Value>(value: Value | undefined, name: string, field: ControlField<Value>): Value {
  if (value === undefined) throw new RangeError(`${name} is missing: ${field.kind}`);
  return value;
}
