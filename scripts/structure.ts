/**
 * `npm run structure`: measures the structure of the code against the budgets of docs/architecture.md and prints one line a figure. Fails when a
 * figure is above its budget. `-- --list` names every place that counts.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCircles, findUpwardImports } from './structure/graph.ts';
import { findFullestFolder, findSharedTypeNames, listFunctions, listSmallFiles } from './structure/shape.ts';
import { isProductFile, isTestFile, listTextFiles, readSourceFiles } from './structure/source-files.ts';
import { findSourceMarks, readSourcePages, resolvesSource } from './structure/sources.ts';
import { countHiddenNouns, findRefusedWords, readRefusedWords } from './structure/words.ts';

const ROOT = join(import.meta.dirname, '..');

/** A measured number, the most that it may be, and the places that it counts. */
interface Figure {
  name: string;
  value: number;
  max: number;
  unit?: string;
  places: readonly string[];
}

const figure = (name: string, max: number, places: readonly string[]): Figure => ({ name, value: places.length, max, places });

function measure(): Figure[] {
  const every = readSourceFiles(ROOT);
  const production = every.filter(({ path }) => !isTestFile(path));
  const product = production.filter(({ path }) => isProductFile(path));
  const functions = listFunctions(product);
  const fullest = findFullestFolder(production);
  const hidden = countHiddenNouns(product);
  const pages = readSourcePages(ROOT);
  const texts = listTextFiles(ROOT);
  // The art's word lists are English of every subject, and words.ts lists other senses of refused words.
  const vocabulary = texts.filter(({ path }) => !path.startsWith('packages/demo-art/') && path !== 'scripts/structure/words.ts');
  const refused = findRefusedWords(vocabulary, readRefusedWords(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')));
  const unresolved = texts.flatMap(({ path, text }) => findSourceMarks(path, text)).filter((mark) => !resolvesSource(mark, pages));
  const toPlace = ({ path, line, name, lines, parameters }: (typeof functions)[number]): string =>
    `${path}:${line} ${name}: ${lines} lines, ${parameters} parameters`;

  return [
    figure(
      'file circles, type-only imports included',
      0,
      findCircles(every).map((circle) => circle.join(' ↔ ')),
    ),
    figure('imports to a layer beside or above', 0, findUpwardImports(production)),
    figure(
      'type names with several meanings',
      3,
      [...findSharedTypeNames(production)].map(([name, paths]) => `${name}: ${paths.join(', ')}`),
    ),
    {
      name: 'comment lines that hide their noun',
      value: Math.round((1_000 * hidden.hidden.length) / hidden.lines) / 10,
      max: 2,
      unit: ' %',
      places: hidden.hidden,
    },
    figure(
      'product functions over 60 lines',
      8,
      functions.filter(({ lines, path }) => lines > 60 && !path.includes('/engine/midjourney/')).map(toPlace),
    ),
    figure('product functions over 4 parameters', 0, functions.filter(({ parameters }) => parameters > 4).map(toPlace)),
    { name: 'production files in the fullest folder', value: fullest.files, max: 14, places: [fullest.folder] },
    figure('production files of at most 20 lines', 12, listSmallFiles(production, 20)),
    figure(
      'sources that do not resolve',
      0,
      unresolved.map(({ at, text }) => `${at} ${text}`),
    ),
    figure(
      'words that the glossary refuses',
      0,
      refused.map(({ word, at, line }) => `${at} "${word}": ${line.slice(0, 120)}`),
    ),
  ];
}

for (const { name, value, max, unit = '', places } of measure()) {
  const isWithin = value <= max;
  console.log(`${isWithin ? 'ok    ' : 'FAILED'}  ${name}: ${value}${unit}, at most ${max}${unit}`);
  if (!isWithin) process.exitCode = 1;
  if (process.argv.includes('--list') || (!isWithin && places.length <= 20)) for (const place of places) console.log(`          ${place}`);
}
