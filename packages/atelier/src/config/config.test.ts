import assert from 'node:assert/strict';
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
