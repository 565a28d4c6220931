import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseSync, type Comment, type Program } from 'oxc-parser';

/** One parsed TypeScript file of a package. */
export interface SourceFile {
  /** Relative to the repository root, with forward slashes. */
  path: string;
  text: string;
  program: Program;
  comments: readonly Comment[];
  /** Paths of the files in the repository that this file imports, type-only imports and re-exports included. */
  imports: readonly string[];
}

const TEST_FILE = /\.(test|soak|fixture|conformance)\.ts$|\/(?:testing|simulation)\//;

/** True for a file that only tests use. */
export const isTestFile = (path: string): boolean => TEST_FILE.test(path);

/** True for a file of the product; the simulator and its art are products of their own. */
export const isProductFile = (path: string): boolean => !isTestFile(path) && !/^packages\/(simulator|demo-art)\//.test(path);

/** Every TypeScript file below `packages/<name>/src`, parsed, in the order of their paths. Throws on a file that does not parse. */
export function readSourceFiles(root: string): SourceFile[] {
  const packages = readPackages(root);
  return [...packages.values()]
    .flatMap((folder) => listFiles(root, `${folder}/src`))
    .toSorted()
    .map((path) => readSourceFile(root, path, packages));
}

function readSourceFile(root: string, path: string, packages: ReadonlyMap<string, string>): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const { program, comments, module, errors } = parseSync(path, text);
  const [error] = errors;
  if (error) throw new SyntaxError(`${path}: ${error.message}`);
  const requests = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) => entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
    ...module.dynamicImports.map(({ moduleRequest }) => text.slice(moduleRequest.start + 1, moduleRequest.end - 1)),
  ];
  const imports = new Set(requests.flatMap((request) => resolveImport(path, request, packages) ?? []));
  return { path, text, program, comments, imports: [...imports] };
}

/** Folder of each package by its npm name. */
function readPackages(root: string): Map<string, string> {
  const folders = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
  return new Map(
    folders.map((folder) => [(JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { name: string }).name, folder]),
  );
}

function listFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`);
}

/** The file that an import names, or undefined for a package from npm and for a file of data. Package imports follow the `exports` pattern `./*` → `./src/*.ts`. */
function resolveImport(path: string, request: string, packages: ReadonlyMap<string, string>): string | undefined {
  if (request.endsWith('.json')) return undefined;
  if (request.startsWith('.')) return normalize(join(dirname(path), request)).replaceAll('\\', '/');
  for (const [name, folder] of packages) {
    if (request === name) return `${folder}/src/index.ts`;
    if (request.startsWith(`${name}/`)) return `${folder}/src/${request.slice(name.length + 1)}.ts`;
  }
  return undefined;
}

/** Code and documents in which the vocabulary and the sources are checked: packages, whole-system tests, benchmarks, scripts. */
export function listTextFiles(root: string): { path: string; text: string }[] {
  const folders = ['packages', 'test', 'bench', 'scripts'];
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((path) => /\.(ts|mjs)$/.test(path) && !path.includes('node_modules/')),
  );
  return paths.toSorted().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}
