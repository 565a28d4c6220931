// The programs that tests run and npm does not bring. Plain JavaScript without dependencies, for `run.mjs` needs it on any Node.
import { spawnSync } from 'node:child_process';

/**
 * `commands` are tried in turn; the first that ends well with the arguments `check` is taken. `packages` are Debian's.
 * @type {Record<string, { commands: string[], check: string[], packages: string[] }>}
 */
const TOOLS = {
  chromium: { commands: ['chromium', 'chromium-browser', 'google-chrome'], check: ['--version'], packages: ['chromium'] },
  curl: { commands: ['curl'], check: ['--version'], packages: ['curl'] },
  // The system's python3 alone sees Debian's package.
  'discord.py': { commands: ['python3', '/usr/bin/python3'], check: ['-c', 'import discord'], packages: ['python3-discord'] },
  ffmpeg: { commands: ['ffmpeg'], check: ['-version'], packages: ['ffmpeg'] },
  php: { commands: ['php'], check: ['--version'], packages: ['php-cli'] },
  // A python3 of the user's own may come first on the PATH and lack what the system's has.
  python3: {
    commands: ['python3', '/usr/bin/python3'],
    check: ['-c', 'import flask, requests'],
    packages: ['python3-flask', 'python3-requests'],
  },
};

const CHECK_LIMIT_MS = 20_000;
const INSTALL_LIMIT_MS = 180_000;

/** The command that runs this tool here, or undefined. */
function findTool(name) {
  const { commands, check } = TOOLS[name];
  return commands.find((command) => spawnSync(command, check, { stdio: 'ignore', timeout: CHECK_LIMIT_MS }).status === 0);
}

/** The command that runs this tool here. Throws a sentence that says what to install. */
export function requireTool(name) {
  const command = findTool(name);
  if (command !== undefined) return command;
  const { packages } = TOOLS[name];
  throw new Error(`This test runs ${name}; install what brings it, on Debian: apt-get install ${packages.join(' ')}`);
}

/**
 * Installs those of the tools that are missing, where that can be done without asking: as root on a system with apt-get. Elsewhere,
 * and when it fails, it says so and leaves it to the tests, each of which names what it lacks.
 */
export function installTools(names) {
  const missing = names.filter((name) => findTool(name) === undefined);
  if (missing.length === 0) return;
  const packages = missing.flatMap((name) => TOOLS[name].packages);
  if (process.getuid?.() !== 0 || spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status !== 0) {
    console.error(`The tests also need ${missing.join(', ')} (on Debian: apt-get install ${packages.join(' ')}).`);
    return;
  }
  console.error(`Installing ${packages.join(', ')} for the tests …`);
  // The lists of packages may be absent or old; they are fetched only then, for that takes longer than the installation.
  const install = () => aptGet('install', '--yes', '--no-install-recommends', ...packages);
  if (install().status === 0) return;
  aptGet('update');
  const { status, stderr, error } = install();
  if (status !== 0) console.error(`apt-get could not install them: ${error?.message ?? stderr.trim()}`);
}

function aptGet(...args) {
  return spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=60', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: INSTALL_LIMIT_MS,
  });
}
