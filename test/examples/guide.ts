import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** A copy of the packages with worked examples of CONTRIBUTING applied to it. */
export interface GuideCopy {
  folder: string;
  /** Path of the command line in the copy. */
  cli: string;
  /** Type-checks the copy. Rejects with the compiler's output. */
  compile(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Copies the packages and applies the sections `## <heading>` of CONTRIBUTING.md: each `ts` block is a new file, named in its first line, and the `diff`
 * blocks replace lines of existing files.
 */
export async function applyGuide(...headings: readonly string[]): Promise<GuideCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-guide-'));
  await copyPackages(folder);
  for (const heading of headings) {
    const { files, changes } = await readSection(heading);
    for (const { path, text } of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    for (const { path, replacements } of changes) await replaceLines(join(folder, path), replacements);
  }
  return {
    folder,
    cli: join(folder, 'packages/atelier/src/cli/cli.ts'),
    async compile() {
      await writeFile(join(folder, 'tsconfig.guide.json'), JSON.stringify({ extends: './tsconfig.json', include: ['packages/*/src'] }));
      await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.guide.json'], { cwd: folder });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The copy has its own `node_modules`: npm's packages by link, and the packages of the copy in place of the originals. */
async function copyPackages(folder: string): Promise<void> {
  const isCopied = (path: string): boolean => !/\.(test|soak)\.ts$/.test(path);
  await cp(join(ROOT, 'packages'), join(folder, 'packages'), { recursive: true, filter: isCopied });
  for (const name of ['tsconfig.json', 'package.json']) await cp(join(ROOT, name), join(folder, name));
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@atelier'), { recursive: true });
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (!['@atelier', 'atelier', 'atelier-client'].includes(name)) await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
  for (const name of await readdir(join(folder, 'packages'))) {
    const manifest = JSON.parse(await readFile(join(folder, 'packages', name, 'package.json'), 'utf8')) as { name: string };
    await symlink(join(folder, 'packages', name), join(modules, manifest.name), 'junction');
  }
}

interface Section {
  files: { path: string; text: string }[];
  changes: { path: string; replacements: [line: string, lines: string][] }[];
}

async function readSection(heading: string): Promise<Section> {
  const [, rest = ''] = (await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8')).split(`## ${heading}\n`);
  const [section = ''] = rest.split(/^## /m);
  const blocksOf = (language: string): string[] =>
    [...section.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
  const files = blocksOf('ts').map((text) => ({
    path: /^\/\/ (\S+)\n/.exec(text)?.[1] ?? assert.fail(`no path in ${text.slice(0, 40)}`),
    text,
  }));
  const changes = blocksOf('diff').flatMap((diff) =>
    diff
      .split(/^--- /m)
      .slice(1)
      .map((change) => {
        const [path = '', ...lines] = change.trimEnd().split('\n');
        const pairs = lines.join('\n').matchAll(/^-(.*)\n((?:\+.*(?:\n|$))+)/gm);
        return {
          path,
          replacements: [...pairs].map(([, old = '', added = '']): [string, string] => [old, added.trimEnd().replaceAll(/^\+/gm, '')]),
        };
      }),
  );
  assert.ok(changes.length > 0, `CONTRIBUTING.md has no section "${heading}" with a diff`);
  return { files, changes };
}

async function replaceLines(path: string, replacements: readonly [line: string, lines: string][]): Promise<void> {
  let text = await readFile(path, 'utf8');
  for (const [line, lines] of replacements) {
    assert.ok(text.includes(`${line}\n`), `${path} has no line ${line}`);
    text = text.replace(`${line}\n`, () => `${lines}\n`);
  }
  await writeFile(path, text);
}
