import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A mark that names the source of a rule. */
export interface SourceMark {
  /** `path:line` of its first line. */
  at: string;
  text: string;
}

/** Headings of each page below docs/sources, by the page's name without `.md`. */
export function readSourcePages(root: string): Map<string, ReadonlySet<string>> {
  const folder = join(root, 'docs/sources');
  const names = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
  return new Map(
    names.map((name) => {
      const headings = [...readFileSync(join(folder, name), 'utf8').matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading.trim());
      return [name.replace(/\.md$/, ''), new Set(headings)];
    }),
  );
}

/** Every mark of a file. A mark goes on over comment lines until a sentence ends, the comment ends, or a line is empty. */
export function findSourceMarks(path: string, text: string): SourceMark[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const start = line.indexOf('Source: ');
    if (start === -1 || !/^\s*(\*|\/\/|\/\*\*)|\/\/ |\/\*\*/.test(line.slice(0, start + 1))) return [];
    let mark = line.slice(start + 'Source: '.length);
    for (let next = index + 1; !isEnded(mark) && isContinued(lines[next]); next += 1)
      mark += ` ${lines[next]?.replace(/^\s*(\*|\/\/) ?/, '')}`;
    return [
      {
        at: `${path}:${index + 1}`,
        text: mark
          .replace(/\s*\*\/.*$/, '')
          .replace(/\.(?:\s.*)?$/, '')
          .trim(),
      },
    ];
  });
}

const isEnded = (mark: string): boolean => /\*\/|\.$|\.\s/.test(mark);
const isContinued = (line: string | undefined): boolean => line !== undefined && /^\s*(\*(?!\/)|\/\/) ?\S/.test(line);

/** True when each part of the mark, `<page>, <heading>[, more]` separated by `; `, names a heading of a page below docs/sources. */
export function resolvesSource({ text }: SourceMark, pages: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  return text.split(/;\s+/).every((part) => {
    const [page = '', heading = ''] = part.split(/,\s+/);
    return pages.get(page)?.has(heading) ?? false;
  });
}
