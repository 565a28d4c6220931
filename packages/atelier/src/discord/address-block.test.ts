import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressBlockOf } from './address-block.ts';

const ROWS: [string, { status: number; code: number; body: string }, string | null][] = [
  ['40333', { status: 403, code: 40_333, body: '{"message":"internal network error","code":40333}' }, 'HTTP status 403, code 40333'],
  ['1015 as bare text', { status: 429, code: 0, body: 'error code: 1015' }, 'HTTP status 429, Cloudflare error 1015'],
  [
    '1015 as a page',
    { status: 403, code: 0, body: '<html><h1><span>Error</span> <span>1015</span></h1>You are being rate limited' },
    'HTTP status 403, Cloudflare error 1015',
  ],
  ['a banned user agent', { status: 403, code: 0, body: '<title>error code: 1010</title>' }, 'HTTP status 403, Cloudflare error 1010'],
  ['JSON that speaks of the number', { status: 403, code: 50_001, body: '{"message":"error code: 1015","code":50001}' }, null],
  ['missing access', { status: 403, code: 50_001, body: '{"message":"Missing Access","code":50001}' }, null],
  ['a page of another error', { status: 403, code: 0, body: '<html>Forbidden</html>' }, null],
  ['a server error', { status: 530, code: 0, body: 'error code: 1016' }, null],
];

for (const [what, answer, block] of ROWS) {
  test(`block of the address: ${what}`, () => assert.equal(addressBlockOf(answer), block));
}
