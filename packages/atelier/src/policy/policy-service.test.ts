import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { DialectName } from '../core/job.ts';
import { createPolicyService, readPolicyList, requireAllowed } from './policy-service.ts';
import { JobError } from '../core/errors.ts';
import { silentLog, type Log } from '@atelier/lib/log';

/** A service with a list that the test can replace, and the lines that it logged. */
async function openService(list: string, dialects: readonly DialectName[] = ['linkr']) {
  const source: { list: string | Error } = { list };
  const lines: string[] = [];
  const note =
    (level: string) =>
    (...words: unknown[]): void =>
      void lines.push(`${level} ${String(words.at(-1))}`);
  const log = { ...silentLog, info: note('info'), error: note('error') } as Log;
  const readList = async () => (source.list instanceof Error ? Promise.reject(source.list) : source.list);
  return { source, lines, service: await createPolicyService({ dialects, readList, log }) };
}

async function inFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-policy-'));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

const REFUSED = { allowed: false, term: 'gore' };
const ALLOWED = { allowed: true };

describe('policy service', () => {
  test('checks the dialects where it is on, and no other dialect', async () => {
    const { service } = await openService('gore', ['linkr', 'native']);
    for (const dialect of ['linkr', 'native'] as const) assert.deepEqual(service.check(dialect, 'a gore scene'), REFUSED);
    for (const dialect of ['useapi', 'kie'] as const) assert.deepEqual(service.check(dialect, 'a gore scene'), ALLOWED);
  });

  test('a reload puts the new list in force, and returns how many terms it has', async () => {
    const { service, source, lines } = await openService('gore');
    source.list = '# new\nblood\nnude # too\nNUDE';
    assert.deepEqual(await service.reload(), { terms: 2 });
    assert.deepEqual(service.check('linkr', 'gore'), ALLOWED);
    assert.deepEqual(service.check('linkr', 'nude'), { allowed: false, term: 'nude' });
    assert.deepEqual(lines, ['info content policy: the list was read again']);
  });

  test('a missing or empty list leaves the old one in force, and is logged', async () => {
    const { service, source, lines } = await openService('gore\nblood');
    for (const broken of [new Error('no such file'), '', '# only words about it\n\n', '!!\n--']) {
      source.list = broken;
      assert.deepEqual(await service.reload(), { terms: 2 });
      assert.deepEqual(service.check('linkr', 'gore'), REFUSED);
    }
    assert.deepEqual(new Set(lines), new Set(['error content policy: the list cannot be used, the old one stays in force']));
    assert.equal(lines.length, 4);
    source.list = 'blood';
    assert.deepEqual(await service.reload(), { terms: 1 });
  });

  test('of two reloads at once the list of the later one stays in force', async () => {
    const gates: (() => void)[] = [];
    const lists = ['gore', 'first', 'second'];
    const service = await createPolicyService({
      dialects: ['linkr'],
      log: silentLog,
      readList: async () => {
        const list = lists.shift() ?? '';
        if (list === 'first') await new Promise<void>((resolve) => gates.push(resolve));
        return list;
      },
    });
    const both = [service.reload(), service.reload()];
    await Promise.resolve();
    for (const open of gates) open();
    await Promise.all(both);
    assert.deepEqual(service.check('linkr', 'second'), { allowed: false, term: 'second' });
    assert.deepEqual(service.check('linkr', 'first'), ALLOWED);
  });

  test('does not start without a usable list', async () => {
    await assert.rejects(openService(''), /holds no term/);
    await assert.rejects(createPolicyService({ dialects: [], readList: () => Promise.reject(new Error('gone')), log: silentLog }), /gone/);
  });

  test('requireAllowed throws the code that dialects answer, without naming the term', async () => {
    const { service } = await openService('gore');
    requireAllowed(service, 'kie', 'gore');
    assert.throws(
      () => requireAllowed(service, 'linkr', 'gore'),
      (error) =>
        error instanceof JobError && error.code === 'content-policy' && !error.message.includes('gore') && error.facts['term'] === 'gore',
    );
  });
});

describe('policy list', () => {
  test('is the list of the server, unless another file is given', async (context) => {
    assert.match(await readPolicyList(), /^gore$/m);
    const file = join(await inFolder(context), 'terms.txt');
    await writeFile(file, '\uFEFFgore\r\nblood');
    const service = await createPolicyService({ dialects: ['linkr'], readList: () => readPolicyList(file), log: silentLog });
    assert.deepEqual(service.check('linkr', 'gore'), REFUSED);
    assert.deepEqual(await service.reload(), { terms: 2 });
  });

  test('is refused when it is missing, not a text file, or larger than 1 MiB', async (context) => {
    const folder = await inFolder(context);
    const file = join(folder, 'terms.txt');
    await assert.rejects(readPolicyList(join(folder, 'none.txt')), /ENOENT/);
    await assert.rejects(readPolicyList(folder));
    for (const bytes of [Buffer.from([0x67, 0xff, 0xfe]), Buffer.from('go\0re'), Buffer.alloc(1024 * 1024 + 1, 0x61)]) {
      await writeFile(file, bytes);
      await assert.rejects(readPolicyList(file));
    }
  });
});
