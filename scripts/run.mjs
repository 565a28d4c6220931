// Runs one of Atelier's commands with what it needs: installs the npm packages when they are missing or out of date, and
// hands over to the Node 24 that came with them. Plain JavaScript without dependencies, for it must run on the Node that is there.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installTools } from './system-tools.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lock = join(root, 'package-lock.json');
const stamp = join(root, 'node_modules', '.atelier-installed');
const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Runs a program to its end in the project's folder; ends this process with its status when it fails. */
function must(program, args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function installPackages() {
  const wanted = readFileSync(lock, 'utf8');
  const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (installed !== wanted) {
    console.error('Installing packages …');
    must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    // Where npm holds back install scripts, the package's own script fetches Node's binary from the same registry.
    if (!existsSync(node)) must(process.execPath, [join(root, 'node_modules', 'node', 'installArchSpecificPackage.js')]);
    writeFileSync(stamp, wanted);
  }
}

const TESTS = ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'];
const CLI = 'packages/atelier/src/cli/cli.ts';

/** What each npm script runs, as arguments to Node 24. */
const commands = {
  serve: [CLI, 'serve'],
  demo: [CLI, 'demo'],
  cli: [CLI],
  test: ['--test', '--test-isolation=none', ...TESTS],
  soak: ['--test', '--test-isolation=none', 'test/**/*.soak.ts'],
  bench: ['bench/run.ts'],
  check: ['scripts/check.ts'],
};

const [name = '', ...rest] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  console.error(`No command "${name}". There are: ${Object.keys(commands).join(', ')}`);
  process.exit(2);
}
installPackages();
if (name === 'test') installTools(['chromium', 'curl', 'ffmpeg', 'php', 'python3']);
const child = spawn(node, [...command, ...rest], { cwd: root, stdio: 'inherit' });
// The child gets Ctrl+C from the terminal itself; this process only waits for it, and passes on what others send.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (status, signal) => process.exit(status ?? (signal === 'SIGINT' ? 130 : 143)));
