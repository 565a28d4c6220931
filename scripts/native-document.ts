import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from 'atelier/config/config';
import { systemClock } from '@atelier/lib/clock';
import { silentLog } from '@atelier/lib/log';
import { startAtelier } from 'atelier/server/start';
import type { OpenapiDocument } from './client-types.ts';

/** The OpenAPI document of the native API, as a server of this code serves it. */
export async function readNativeDocument(): Promise<OpenapiDocument> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'atelier-document-'));
  // No account is configured, so that nothing outside is asked.
  const config = readConfig({ PORT: '0', ATELIER_DATA: dataFolder, MIDJOURNEY_UPSTREAM: 'discord', ATELIER_NO_PRESET: '1' });
  const atelier = await startAtelier(config, { clock: systemClock, log: silentLog });
  try {
    const reply = await fetch(`${atelier.url}/openapi/native.json`);
    return (await reply.json()) as OpenapiDocument;
  } finally {
    await atelier.close();
    await rm(dataFolder, { recursive: true, force: true });
  }
}
