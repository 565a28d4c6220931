/**
 * `npm run check`: format, lint, types, dead code, and generated documents. `--write` formats and writes the documents
 * in place of comparing them.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderConfigDoc } from '../src/config.ts';

const root = join(import.meta.dirname, '..');
const write = process.argv.includes('--write');
const failed: string[] = [];

function run(name: string, program: string, args: string[]): void {
  const { status } = spawnSync(join(root, 'node_modules', '.bin', program), args, { cwd: root, stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name}`);
  if (status !== 0) failed.push(name);
}

function compare(path: string, text: string): void {
  const file = join(root, path);
  if (write) writeFileSync(file, text);
  const same = readFileSync(file, 'utf8') === text;
  console.log(`${same ? 'ok    ' : 'FAILED'}  ${path} is what the code says`);
  if (!same) failed.push(path);
}

run('format', 'oxfmt', [...(write ? [] : ['--check']), 'src', 'test', 'bench', 'examples', 'scripts', 'bin']);
run('lint', 'oxlint', ['--type-aware', '--deny-warnings', 'src', 'test', 'bench', 'examples', 'scripts']);
run('types', 'tsc', []);
run('dead code', 'knip', []);
compare('docs/config.md', renderConfigDoc());

if (failed.length > 0) {
  console.error(`\n${failed.length} failed: ${failed.join(', ')}. "npm run check -- --write" mends format and documents.`);
  process.exit(1);
}
