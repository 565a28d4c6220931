/**
 * `npm run check`: lock file, format, lint, types, dead code, structure, length of a job's way, and generated documents. `--write` formats and writes the
 * documents in place of comparing them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { renderSimulatorDoc } from '@atelier/simulator/simulator-doc';
import { renderConfigDoc } from 'atelier/config/config';
import { readStatements, renderConformance } from './conformance.ts';
import { renderClientTypes } from './client-types.ts';
import { readNativeDocument } from './native-document.ts';

const root = join(import.meta.dirname, '..');
const write = process.argv.includes('--write');
const failed: string[] = [];
const CLIENT_TYPES = 'packages/client/src/native-api.ts';

/** Runs a program and reports its exit status; `program` is a tool from npm or an absolute path. */
function run(name: string, program: string, args: string[]): void {
  const { status } = spawnSync(isAbsolute(program) ? program : join(root, 'node_modules', '.bin', program), args, {
    cwd: root,
    stdio: 'inherit',
  });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name}`);
  if (status !== 0) failed.push(name);
}

function compare(path: string, text: string): void {
  const file = join(root, path);
  if (write) writeFileSync(file, text);
  const same = existsSync(file) && readFileSync(file, 'utf8') === text;
  console.log(`${same ? 'ok    ' : 'FAILED'}  ${path} is generated from today's code`);
  if (!same) failed.push(path);
}

/** Fails when a manifest asks for a package that the lock does not hold: `npm ci` would fail on a fresh machine. */
function checkLock(): void {
  const { status, stderr } = spawnSync('npm', ['ci', '--dry-run', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) console.error(stderr);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'}  lock file and manifests agree`);
  if (status !== 0) failed.push('lock file');
}

/** The text as the formatter writes it. */
function format(path: string, text: string): string {
  const { stdout, stderr } = spawnSync(join(root, 'node_modules', '.bin', 'oxfmt'), [`--stdin-filepath=${path}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
  if (stderr !== '') console.error(stderr);
  return stdout;
}

// First, since the other checks read it.
compare(CLIENT_TYPES, format(CLIENT_TYPES, renderClientTypes(await readNativeDocument())));
run('format', 'oxfmt', [...(write ? [] : ['--check']), 'packages', 'test', 'bench', 'scripts']);
run('lint', 'oxlint', ['--type-aware', '--deny-warnings', 'packages', 'test', 'bench', 'scripts']);
run('types', 'tsc', []);
run('dead code', 'knip', []);
run('structure', process.execPath, ['scripts/structure.ts']);
run('way of a job', process.execPath, ['scripts/road.ts']);
checkLock();
compare('docs/config.md', renderConfigDoc());
compare('docs/simulator.md', renderSimulatorDoc(readFileSync(join(root, 'docs/simulator.md'), 'utf8')));
compare('docs/conformance.md', renderConformance(readStatements(root)));

if (failed.length > 0) {
  console.error(`\n${failed.length} failed: ${failed.join(', ')}. "npm run check -- --write" corrects format and documents.`);
  process.exit(1);
}
