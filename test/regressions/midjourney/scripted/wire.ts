/** An object of Discord as it goes over the wire. */
export type Fields = { [name: string]: unknown };

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

export const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The object in a JSON text; empty for any other text. */
export function parseFields(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Discord's ids: milliseconds since 2015 in the upper bits, a count in the lower ones. Source: discord-api-docs, snowflakes. */
export function createSnowflakes(nowMs: () => number): () => string {
  const epochMs = 1_420_070_400_000;
  let count = 0;
  return () => ((BigInt(nowMs() - epochMs) << 22n) | BigInt(count++ % 4_096)).toString();
}
