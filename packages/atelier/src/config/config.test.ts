import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readDuration } from './read-values.ts';
import { ConfigError, readConfig, renderConfigDoc, SETTINGS } from './config.ts';

test('an empty environment gives every default', () => {
  const config = readConfig({});
  assert.equal(config.port, 3_000);
  assert.equal(config.jobTimeLimit, 30 * 60_000);
  assert.deepEqual(config.callbackRetryDelays, [60_000, 300_000, 900_000]);
  assert.deepEqual(config.callbackAllow, []);
  assert.equal(config.apiKey, undefined);
});

test('all faults are reported together, and no value is shown', () => {
  const read = () => readConfig({ PORT: 'seventy', ASSET_RETENTION: '14', CALLBACK_SIGNING_SECRETS: 'hunter2' });
  assert.throws(read, (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /PORT: .*\n.*CALLBACK_SIGNING_SECRETS: .*\n.*ASSET_RETENTION: /s);
    assert.ok(!error.message.includes('hunter2'));
    return true;
  });
});

test('durations are milliseconds', () => {
  assert.equal(readDuration('250ms'), 250);
  assert.equal(readDuration('1.5s'), 1_500);
  assert.equal(readDuration('14d'), 14 * 86_400_000);
  assert.throws(() => readDuration('60'), /expected a duration/);
});

test('the document has one row for each setting and no secret default', () => {
  const doc = renderConfigDoc();
  for (const { env } of Object.values(SETTINGS)) assert.ok(doc.includes(`\`${env}\``), env);
});

test('a secret may stand in a file, and in one place only', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-config-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'proxy');
  await writeFile(file, 'socks5://me:hunter2@proxy.local:9050\n');
  const { discordProxy } = readConfig({ DISCORD_PROXY_FILE: file });
  assert.deepEqual(discordProxy, {
    kind: 'socks5',
    host: 'proxy.local',
    port: 9050,
    credentials: { user: 'me', password: 'hunter2' },
  });
  assert.throws(
    () => readConfig({ DISCORD_PROXY_FILE: file, DISCORD_PROXY: 'none' }),
    /DISCORD_PROXY: set DISCORD_PROXY or DISCORD_PROXY_FILE, not both/,
  );
  assert.throws(
    () => readConfig({ ATELIER_SECRET_FILE: join(folder, 'nothing') }),
    /ATELIER_SECRET: the file of ATELIER_SECRET_FILE cannot be read/,
  );
  assert.equal(readConfig({ HOST_FILE: file }).host, '127.0.0.1');
});

test('a proxy that cannot be used is refused without its password', () => {
  assert.throws(
    () => readConfig({ DISCORD_PROXY: 'ftp://me:hunter2@proxy' }),
    (error) => error instanceof ConfigError && /DISCORD_PROXY: expected http/.test(error.message) && !error.message.includes('hunter2'),
  );
});

test('variables that other programs share may be written small', () => {
  assert.equal(readConfig({ https_proxy: 'http://small' }).httpsProxy, 'http://small');
  assert.equal(readConfig({ https_proxy: 'http://small', HTTPS_PROXY: 'http://large' }).httpsProxy, 'http://large');
});
