import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium, type Browser, type Page } from 'playwright-core';
import { requireTool } from '../../scripts/system-tools.mjs';
import { objectAt, textAt } from '@atelier/lib/json';
import { createTestServer, type TestServer } from '../test-server.ts';

/** The path of a command of the system. */
const pathOf = (command: string): string =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((path) => existsSync(path)) ?? command;

/** `/docs` in a real browser. */
describe('the reference under /docs', { timeout: 120_000 }, () => {
  let server: TestServer;
  let browser: Browser | undefined;
  let page: Page;
  const complaints: string[] = [];
  before(async () => {
    server = await createTestServer();
    browser = await chromium.launch({ executablePath: pathOf(requireTool('chromium')), args: ['--no-sandbox', '--disable-gpu'] });
    page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (failed) => complaints.push(`${failed.url()} failed`));
    page.on('response', (reply) => {
      if (reply.status() >= 400) complaints.push(`${reply.url()} ${reply.status()}`);
    });
  });
  after(async () => {
    await browser?.close();
    await server.close();
  });

  test('lists every operation of each document, without a failed request', async () => {
    await page.goto(`${server.atelier.url}/docs`);
    const choice = page.locator('#select');
    await choice.waitFor();
    for (const name of ['native', 'useapi', 'kie', 'linkr']) {
      const path = `/openapi/${name}.json`;
      const document = (await server.call('GET', path)).body;
      const title = textAt(objectAt(document, 'info'), 'title');
      await choice.selectOption({ label: title });
      await page.getByRole('heading', { name: title }).waitFor();
      const wanted = Object.entries(objectAt(document, 'paths')).flatMap(([url, operations]) =>
        Object.keys(operations ?? {}).map((method) => `${method} ${url}`),
      );
      const shown = await page.locator('.opblock').evaluateAll((blocks) =>
        blocks.map((block) => {
          const textOf = (part: string): string => block.querySelector(`.opblock-summary-${part}`)?.textContent ?? '';
          return `${textOf('method').toLowerCase()} ${textOf('path').replaceAll('​', '')}`;
        }),
      );
      assert.deepEqual(shown.toSorted(), wanted.toSorted(), name);
    }
    assert.deepEqual(complaints, []);
  });

  test('sends a GET with a key and shows the answer', async () => {
    await page.goto(`${server.atelier.url}/docs`);
    await page.locator('.btn.authorize').first().click();
    await page.locator('.auth-container input').fill(server.atelier.apiKey);
    await page.locator('.auth-btn-wrapper .authorize').click();
    await page.locator('.auth-btn-wrapper .btn-done').click();
    const me = page.locator('.opblock', { hasText: '/me' }).first();
    await me.locator('.opblock-summary-control').click();
    await me.getByRole('button', { name: 'Try it out' }).click();
    await me.getByRole('button', { name: 'Execute' }).click();
    const live = me.locator('.live-responses-table');
    await live.waitFor();
    assert.equal((await live.locator('.response .response-col_status').innerText()).trim().split('\n')[0], '200');
    assert.match(await live.innerText(), /"admin": true/);
    assert.deepEqual(complaints, []);
  });
});
