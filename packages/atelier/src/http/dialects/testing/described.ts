import { isJsonObject } from '@atelier/lib/json';

/** Where a route's schema leaves a field without a description, or an object of an answer open. */
export function describedEverywhere(schema: unknown): string[] {
  const faults: string[] = [];

  function walk(node: unknown, path: string, isAnswer: boolean): void {
    if (Array.isArray(node)) node.forEach((member, index) => walk(member, `${path}/${index}`, isAnswer));
    if (!isJsonObject(node)) return;
    if (isJsonObject(node['properties'])) {
      if (isAnswer && node['additionalProperties'] !== false) faults.push(`${path} is open`);
      for (const [name, field] of Object.entries(node['properties'])) {
        if (!isJsonObject(field) || !field['description']) faults.push(`${path}.${name} is not described`);
      }
    }
    for (const [name, member] of Object.entries(node)) walk(member, `${path}/${name}`, isAnswer || name === 'response');
  }
  walk(schema, '', false);
  return faults;
}
