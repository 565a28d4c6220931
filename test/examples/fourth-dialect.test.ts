import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { request } from 'undici';
import { systemClock } from '@atelier/lib/clock';
import { isJsonObject, objectAt, parseJsonObject, textAt, type JsonObject } from '@atelier/lib/json';
import { type CallbackSink, startCallbackSink } from '@atelier/simulator';
import { waitFor, TIMEOUT_MS } from '../test-server.ts';
import { createProgramRunner, findFreePort, type ProgramRunner } from './program-runner.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const KEY = 'atl_acme';
const run = promisify(execFile);

/** The code blocks of a section of CONTRIBUTING, by their language. */
async function readGuide(): Promise<{ ts: string; diff: string }> {
  const [, section = ''] = (await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8')).split('## Adding a dialect\n');
  const block = (language: string): string =>
    new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'm').exec(section)?.[1] ?? assert.fail(language);
  return { ts: block('ts'), diff: block('diff') };
}

/** A copy of the server with the dialect of the guide, as the guide says to add it. */
async function buildServer(folder: string): Promise<void> {
  const { ts, diff } = await readGuide();
  await cp(join(ROOT, 'packages/atelier'), join(folder, 'packages/atelier'), {
    recursive: true,
    filter: (path) => !/\.(test|soak)\.ts$/.test(path),
  });
  for (const name of ['tsconfig.json', 'package.json']) await cp(join(ROOT, name), join(folder, name));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const [, path = ''] = /^\/\/ (\S+)\n/.exec(ts) ?? [];
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), ts);
  for (const change of diff.split(/^--- /m).slice(1)) {
    const [file = '', ...lines] = change.trimEnd().split('\n');
    let text = await readFile(join(folder, file), 'utf8');
    for (const [, old = '', added = ''] of lines.join('\n').matchAll(/^-(.*)\n((?:\+.*(?:\n|$))+)/gm)) {
      assert.ok(text.includes(`${old}\n`), `${file} has no line ${old}`);
      text = text.replace(`${old}\n`, () => `${added.trimEnd().replaceAll(/^\+/gm, '')}\n`);
    }
    await writeFile(join(folder, file), text);
  }
}

describe('the fourth dialect of CONTRIBUTING.md', { timeout: 120_000 }, () => {
  let folder: string;
  let runner: ProgramRunner;
  let sink: CallbackSink;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atelier-acme-'));
    runner = await createProgramRunner();
    sink = await startCallbackSink({ host: '127.0.0.1', port: 0, clock: systemClock });
    await buildServer(folder);
  });
  after(async () => {
    await runner.close();
    await sink.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('compiles', async () => {
    const config = { extends: './tsconfig.json', include: ['packages/atelier/src'] };
    await writeFile(join(folder, 'tsconfig.acme.json'), JSON.stringify(config));
    await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.acme.json'], { cwd: folder });
  });

  test('accepts a job, calls back, is polled, refuses in its format, and is documented', async () => {
    const port = await findFreePort();
    const server = await runner.startServer(
      process.execPath,
      [join(folder, 'packages/atelier/src/cli/cli.ts'), 'serve'],
      /Atelier serves/,
      port,
      {
        PORT: `${port}`,
        SIMULATOR_PORT: '0',
        SIMULATOR_PACE: '0',
        SIMULATOR_TILE: '16',
        ATELIER_DATA: join(folder, 'data'),
        ATELIER_API_KEY: KEY,
        CALLBACK_ALLOW: '127.0.0.0/8',
      },
    );
    const ask = async (path: string, body?: JsonObject, key = KEY) => {
      const reply = await request(server.url + path, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'once' },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: reply.statusCode, body: parseJsonObject(await reply.body.text()) };
    };
    const wanted = { text: 'a red fox', notify: `${sink.url}/acme` };
    const ordered = await ask('/acme/pictures', wanted);
    const picture = textAt(ordered.body, 'picture');
    assert.deepEqual(ordered, { status: 201, body: { picture, state: 'waiting', url: null, reason: null } });
    assert.equal((await ask('/acme/pictures', wanted)).body['picture'], picture);
    const called = await sink.next(({ path }) => path === '/acme', { timeoutMs: TIMEOUT_MS });
    const polled = await waitFor(async () => {
      const { body } = await ask(`/acme/pictures/${picture}`);
      return body['state'] === 'waiting' ? undefined : body;
    });
    assert.equal(polled['state'], 'ready');
    assert.deepEqual(parseJsonObject(called.body), polled);
    assert.equal((await request(textAt(polled, 'url'))).headers['content-type'], 'image/png');

    assert.deepEqual(await ask('/acme/pictures', {}), { status: 400, body: { complaint: 'text is missing' } });
    assert.deepEqual(await ask('/acme/pictures', wanted, 'wrong'), { status: 401, body: { complaint: 'Unauthorized' } });
    assert.equal((await ask('/acme/photos')).status, 404);
    const document = (await ask('/openapi/acme.json')).body;
    assert.deepEqual(Object.keys(objectAt(document, 'paths')), ['/acme/pictures', '/acme/pictures/{picture}']);
    assert.ok(isJsonObject(document['info']));
  });
});
