import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createResolve } from './resolve.ts';

test('finds names that only the operating system knows', async () => {
  const addresses = await createResolve()('localhost');
  assert.ok(addresses.includes('127.0.0.1') || addresses.includes('::1'));
});
