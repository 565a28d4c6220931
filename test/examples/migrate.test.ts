import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { requireTool } from '../../scripts/system-tools.mjs';
import { createTestServer, type TestServer } from '../test-server.ts';
import { createProgramRunner, type ProgramRunner } from './program-runner.ts';

interface Section {
  title: string;
  programs: { language: Language; text: string }[];
  /** The text that each of the programs prints; `…` stands for text without a blank. */
  output: string;
}

const LANGUAGES = {
  sh: { name: 'curl', file: 'program.sh', command: () => (requireTool('curl'), 'sh') },
  js: { name: 'JavaScript', file: 'program.mjs', command: () => process.execPath },
  python: { name: 'Python', file: 'program.py', command: () => requireTool('python3') },
};
type Language = keyof typeof LANGUAGES;
const isLanguage = (word: string): word is Language => Object.hasOwn(LANGUAGES, word);

/** The sections of the guide with programs. Throws for a block in an unknown language. */
function readGuide(): Section[] {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/migrate.md'), 'utf8');
  return guide.split(/^## /m).flatMap((text) => {
    const section: Section = { title: text.split('\n', 1)[0] ?? '', programs: [], output: '' };
    for (const [, language = '', block = ''] of text.matchAll(/^```(\S*)\n([^]*?)^```$/gm)) {
      if (isLanguage(language)) section.programs.push({ language, text: block });
      else if (language === 'text') section.output += block;
      else assert.equal(language, 'console', 'the language of a block');
    }
    return section.programs.length > 0 ? [section] : [];
  });
}

describe('docs/migrate.md', () => {
  let server: TestServer;
  before(async () => {
    server = await createTestServer();
  });
  after(() => server.close());

  const sections = readGuide();

  test('has programs in three languages for each API', () => {
    assert.deepEqual(
      sections.map(({ title, programs }) => [title, ...programs.map(({ language }) => language)]),
      ['useapi.net v2', 'kie.ai', 'Suno', 'LinkrAPI'].map((title) => [title, 'sh', 'js', 'python']),
    );
  });

  for (const { title, programs, output } of sections) {
    // One account runs three jobs at once; a song and its video keep all cores busy.
    describe(title, { concurrency: title === 'Suno' ? 1 : 3 }, () => {
      let runner: ProgramRunner;
      before(async () => {
        runner = await createProgramRunner();
      });
      after(() => runner.close());

      for (const { language, text } of programs) {
        const { name, file, command } = LANGUAGES[language];
        test(name, async () => {
          const path = join(runner.folder, file);
          await writeFile(path, text);
          const { url, apiKey } = server.atelier;
          const printed = await runner.run(command(), [path], {
            ATELIER_URL: url,
            ATELIER_KEY: apiKey,
            CALLBACK_URL: `${server.sink.url}/guide`,
          });
          assert.match(printed, patternOf(output.replaceAll('http://127.0.0.1:3000', url)));
        });
      }
    });
  }
});

const patternOf = (output: string): RegExp => new RegExp(`^${output.split('…').map(escape).join('\\S+')}$`);
const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
