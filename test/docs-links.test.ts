import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

/** Links and images of Markdown that point into the repository. */
const listLinks = (text: string): string[] =>
  [
    ...text
      .replaceAll(/^```[^]*?^```$/gm, '')
      .replaceAll(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map(([, link = '']) => link)
    .filter((link) => !/^(?:[a-z]+:|#)/.test(link));

describe('documents', () => {
  const pages = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md', 'test/**/*.md'], { cwd: ROOT });

  test('are found', () => assert.ok(pages.length > 20, `${pages.length} pages`));

  for (const page of pages) {
    test(`every link of ${page.replaceAll('\\', '/')} names an existing file`, () => {
      const broken = listLinks(readFileSync(join(ROOT, page), 'utf8')).filter((link) => {
        const [path = ''] = decodeURI(link).split('#');
        return path !== '' && !existsSync(join(ROOT, dirname(page), path));
      });
      assert.deepEqual(broken, []);
    });
  }
});
