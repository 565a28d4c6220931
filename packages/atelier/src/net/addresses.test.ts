import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPublicAddress, toCanonicalAddress } from './addresses.ts';
import { REFUSED_ADDRESSES, PUBLIC_ADDRESSES } from './testing/address-matrix.ts';

describe('address policy', () => {
  for (const [what, address] of REFUSED_ADDRESSES) {
    test(`refuses ${address} (${what})`, () => assert.equal(isPublicAddress(toCanonicalAddress(address) ?? 'none'), false));
  }
  for (const address of PUBLIC_ADDRESSES) {
    test(`allows ${address}`, () => assert.equal(isPublicAddress(toCanonicalAddress(address) ?? 'none'), true));
  }
  test('accepts plain addresses alone', () => {
    for (const text of ['', 'localhost', '127.1', '0x7f000001', 'fe80::1%eth0', '1.2.3.4/32', '[::1]']) {
      assert.equal(toCanonicalAddress(text), undefined);
    }
  });
  test('unwraps IPv4-mapped addresses in every spelling', () => {
    assert.equal(toCanonicalAddress('::ffff:127.0.0.1'), '127.0.0.1');
    assert.equal(toCanonicalAddress('::FFFF:7f00:1'), '127.0.0.1');
    assert.equal(toCanonicalAddress('0:0:0:0:0:ffff:7f00:0001'), '127.0.0.1');
  });
});
