import { dirname } from 'node:path';
import { Visitor, type Node, type Program } from 'oxc-parser';
import type { SourceFile } from './source-files.ts';

/** A function with its size. */
export interface FunctionShape {
  path: string;
  line: number;
  name: string;
  lines: number;
  parameters: number;
}

/** Every function of these files. Lines count from the first to the last, nested functions included. */
export function listFunctions(files: readonly SourceFile[]): FunctionShape[] {
  return files.flatMap(({ path, text, program }) => {
    const lineOf = createLineCounter(text);
    const found: FunctionShape[] = [];
    const add = (node: { start: number; end: number; params: readonly unknown[]; id?: { name: string } | null }): void => {
      const line = lineOf(node.start);
      found.push({ path, line, name: node.id?.name ?? 'anonymous', lines: lineOf(node.end) - line + 1, parameters: node.params.length });
    };
    new Visitor({ FunctionDeclaration: add, FunctionExpression: add, ArrowFunctionExpression: add }).visit(program);
    return found;
  });
}

function createLineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** Names of types (interfaces, aliases, classes) that two or more files declare, with those files. */
export function findSharedTypeNames(files: readonly SourceFile[]): Map<string, string[]> {
  const declaredIn = new Map<string, string[]>();
  for (const { path, program } of files) {
    for (const name of new Set(listTypeNames(program))) declaredIn.set(name, [...(declaredIn.get(name) ?? []), path]);
  }
  return new Map([...declaredIn].filter(([, paths]) => paths.length > 1));
}

function listTypeNames(program: Program): string[] {
  const isType = (node: Node): node is Node & { id: { name: string } | null } =>
    node.type === 'TSInterfaceDeclaration' || node.type === 'TSTypeAliasDeclaration' || node.type === 'ClassDeclaration';
  return program.body.flatMap((statement) => {
    const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    return node && isType(node) && node.id ? [node.id.name] : [];
  });
}

/** The folder with most files among these, and how many it has. Its subfolders count for themselves. */
export function findFullestFolder(files: readonly SourceFile[]): { folder: string; files: number } {
  const counts = new Map<string, number>();
  for (const { path } of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  const [folder = '', count = 0] = [...counts].toSorted(([, one], [, other]) => other - one)[0] ?? [];
  return { folder, files: count };
}

/** Files of at most `lines` lines. */
export const listSmallFiles = (files: readonly SourceFile[], lines: number): string[] =>
  files.filter(({ text }) => text.trimEnd().split('\n').length <= lines).map(({ path }) => path);
