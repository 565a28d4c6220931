import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'docs/conformance';

/** The vendors' pages that this server was built after, in the order of their numbers. */
export const SEEDS = [
  { number: '000', page: 'kie.ai: Midjourney image generation callbacks' },
  { number: '001', page: 'kie.ai: music video generation callbacks' },
  { number: '002', page: 'useapi.net v2: POST jobs/info' },
  { number: '003', page: 'useapi.net v2: POST jobs/button' },
  { number: '004', page: 'LinkrAPI: POST /v1/imagine' },
] as const;

/** One statement of a page, and the test that shows it. */
export interface Statement {
  /** `003-12` */
  number: string;
  text: string;
  file: string;
  test: string;
}

const ROW = /^\| (?<number>\d{3}-\d+) \| (?<text>.+) \| `(?<file>[^`]+)` \| (?<test>.+?) *\|$/;

/** Every row of the tables under `docs/conformance/`, in the order of their numbers. A row that cannot be read throws. */
export function readStatements(root: string): Statement[] {
  const rows = readdirSync(join(root, FOLDER))
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => readFileSync(join(root, FOLDER, name), 'utf8').split('\n'))
    .filter((line) => /^\| \d{3}-/.test(line));
  const statements = rows.map((line): Statement => {
    const { number, text, file, test } = ROW.exec(line)?.groups ?? {};
    if (number === undefined || text === undefined || file === undefined || test === undefined) throw new Error(`no statement: ${line}`);
    return { number, text, file, test };
  });
  return statements.toSorted((one, other) => toRank(one) - toRank(other));
}

const toRank = ({ number }: Statement): number => {
  const [seed = '', index = ''] = number.split('-');
  return Number(seed) * 10_000 + Number(index);
};

/** `docs/conformance.md`: all statements of all pages in one table. */
export function renderConformance(statements: readonly Statement[]): string {
  const ofSeed = (seed: string): readonly Statement[] => statements.filter(({ number }) => number.startsWith(`${seed}-`));
  const summary = SEEDS.map(({ number, page }) => `| ${number} | ${page} | ${ofSeed(number).length} |`);
  const rows = statements.map(({ number, text, file, test }) => `| ${number} | ${text} | [${file}](../${file}) | ${test} |`);
  return `# Conformance

Every statement of the five vendors' pages that this server was built after, numbered, in our words, with the test that shows it. Generated from
the tables under [conformance/](conformance/) by \`npm run check -- --write\`; those also say how questions were answered that the pages
leave open. \`test/conformance.test.ts\` fails when a number is left out, or a test named here is not there.

| no. | page | statements, all shown |
| --- | --- | --- |
${summary.join('\n')}

| no. | statement | file | test |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
