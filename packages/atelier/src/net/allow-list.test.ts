import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAllowList } from './addresses.ts';

describe('allow-list', () => {
  test('opens CIDRs and addresses at every port, or at the named port alone', () => {
    const list = parseAllowList(['10.0.0.0/8', ' ::1 ', '192.168.1.5:8080', '[fd00::5]:8080', '']);
    assert.equal(list.hasAddress('10.200.0.1', 80), true);
    assert.equal(list.hasAddress('11.0.0.1', 80), false);
    assert.equal(list.hasAddress('::1', 1234), true);
    assert.equal(list.hasAddress('192.168.1.5', 8080), true);
    assert.equal(list.hasAddress('192.168.1.5', 8081), false);
    assert.equal(list.hasAddress('fd00::5', 8080), true);
    assert.equal(list.hasAddress('fd00::5', 80), false);
  });
  test('opens exactly the named hosts', () => {
    const list = parseAllowList(['Hooks.Internal', 'mail.internal:25', 'bücher.example']);
    assert.equal(list.hasHost('hooks.internal', 80), true);
    assert.equal(list.hasHost('evil-hooks.internal', 80), false);
    assert.equal(list.hasHost('x.hooks.internal', 80), false);
    assert.equal(list.hasHost('mail.internal', 25), true);
    assert.equal(list.hasHost('mail.internal', 80), false);
    assert.equal(list.hasHost('xn--bcher-kva.example', 80), true);
  });
  test('opens a refused port only if an entry names it', () => {
    const list = parseAllowList(['10.0.0.0/8', '10.0.0.1:22', 'hooks.internal']);
    assert.equal(list.hasPort('10.0.0.1', 22), true);
    assert.equal(list.hasPort('10.0.0.2', 22), false);
    assert.equal(list.hasPort('hooks.internal', 22), false);
  });
  test('names the malformed entry', () => {
    for (const text of ['10.0.0.0/33', '10.0.0.0/8:80', 'http://x', 'a b', '127.1', 'user@host', 'host/path', 'host:99999', '*']) {
      assert.throws(
        () => parseAllowList([text]),
        (error: Error) => error.message.includes(JSON.stringify(text)),
        text,
      );
    }
  });
});
