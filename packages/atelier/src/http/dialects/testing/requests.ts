import * as fc from 'fast-check';
import type { JsonValue } from '@atelier/lib/json';

/** A request with random headers, query and body. */
export interface AnyRequest {
  headers: Record<string, string>;
  query: string;
  body: string;
}

/** Texts of any code units, lone halves of surrogate pairs and NUL included. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 10 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '__proto__',
    '[object Object]',
    'https://example.com/a.png',
    'http://localhost/',
    '-1',
    '1e999',
    'x'.repeat(7_000),
  ),
);

/** Nested arrays, deeper than in any real body. */
const deep = fc.integer({ min: 1, max: 20_000 }).map((levels) => `{"prompt":"a fox","more":${'['.repeat(levels)}${']'.repeat(levels)}}`);

/**
 * Any request, most of them with some fields as a page reads them: completely random fields would all fail the first check. `fields` gives for each
 * the values that get past the first checks.
 */
export function anyRequest(fields: Readonly<Record<string, readonly JsonValue[]>>): fc.Arbitrary<AnyRequest> {
  const value = (good: readonly JsonValue[]) =>
    fc.option(
      fc.oneof(
        { weight: 40, arbitrary: fc.constantFrom(...good) },
        { weight: 1, arbitrary: fc.jsonValue() },
        { weight: 1, arbitrary: anyText },
      ),
      { freq: 10, nil: undefined },
    );
  const likely = fc.record(Object.fromEntries(Object.entries(fields).map(([name, good]) => [name, value(good)])));
  const body = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(likely, fc.dictionary(anyText, fc.jsonValue(), { maxKeys: 2 }))
        .map((parts) => JSON.stringify(Object.assign({}, ...parts))),
    },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: anyText },
    { weight: 1, arbitrary: deep },
  );
  const contentType = fc.oneof(
    { weight: 6, arbitrary: fc.constant('application/json') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'application/x-www-form-urlencoded',
        'text/plain',
        'multipart/form-data',
        'multipart/form-data; boundary=x',
        '',
      ),
    },
  );
  const headerText = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 30 });
  const headers = fc.record({
    authorization: fc.oneof({ weight: 6, arbitrary: fc.constantFrom('Bearer ann', 'bearer root') }, { weight: 1, arbitrary: headerText }),
    'content-type': contentType,
    'idempotency-key': fc.oneof(fc.constant(''), headerText),
    accept: headerText,
  });
  return fc.record({
    headers,
    body,
    query: fc.oneof(
      fc.constant(''),
      anyText.map((text) => `?${wellFormed(text)}`),
    ),
  });
}

/** The text, encoded for a URL. */
export const wellFormed = (text: string): string => encodeURIComponent(text.toWellFormed());

/** Runs of one property: enough to reach every branch, few enough for seconds; the same in every run. */
export const PROPERTY_RUNS = { seed: 20_260_101, numRuns: 150 } as const;
