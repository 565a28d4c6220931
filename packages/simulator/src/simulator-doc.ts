import { listRefusalPlaces, listScenarioWords } from './midjourney-bot/prompts/scenario.ts';
import { listSunoScenarioWords } from './suno/scenario.ts';
import { VENDORS, type SimulatedVendor } from './suno/wire.ts';
import { SWITCHES } from './switches.ts';

/** The generated tables of `docs/simulator.md`, by the name in their markers. */
const TABLES: Readonly<Record<string, () => string>> = {
  'scenario words': () =>
    toTable(
      ['word', 'effect'],
      listScenarioWords().map(({ word, doc }) => [`\`sim:${word}\``, doc]),
    ),
  'places of a refusal': () =>
    toTable(
      ['suffix', 'the refusal shows'],
      listRefusalPlaces().map(({ suffix, doc }) => [`\`/${suffix}\``, doc]),
    ),
  switches: () =>
    toTable(
      ['switch', 'default', 'meaning'],
      Object.entries(SWITCHES).map(([name, spec]) => [`\`${name}\``, `\`${spec.default}\``, spec.doc]),
    ),
  'scenario words of Suno': () =>
    toTable(
      ['word', 'effect', 'code'],
      listSunoScenarioWords().map(({ word, doc, code }) => [`\`sim:${word}\``, doc, code ? codesOf(code) : '']),
    ),
};

/** The text of `docs/simulator.md` with each generated table replaced by today's. Throws when a table has no markers. */
export function renderSimulatorDoc(text: string): string {
  return Object.entries(TABLES).reduce((before, [name, render]) => {
    const [start, end] = [`<!-- generated: ${name} -->`, '<!-- end -->'];
    const startAt = before.indexOf(start);
    const endAt = before.indexOf(end, startAt);
    if (startAt < 0 || endAt < 0) throw new Error(`the document has no markers for the table "${name}"`);
    return `${before.slice(0, startAt)}${start}\n\n${render()}\n\n${before.slice(endAt)}`;
  }, text);
}

/** `429`, or `429 (sunoapi: 430)` where the vendors differ. */
function codesOf(code: (vendor: SimulatedVendor) => number): string {
  const [kie, sunoapi] = [code(VENDORS.kie), code(VENDORS.sunoapi)];
  return kie === sunoapi ? String(kie) : `${kie} (sunoapi: ${sunoapi})`;
}

const toTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
