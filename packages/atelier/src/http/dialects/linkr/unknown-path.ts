import type { JsonObject } from '@atelier/lib/json';
import { STATUS } from './errors.ts';

const OURS = /^\/(?:api\/)?(?:v1\/)?(imagine|fetch|action|info)(?:\/|$)|^\/v1\/(tasks?|status|result)(?:\/|$)/;

const RIGHT: Record<string, string> = {
  imagine: 'POST /v1/imagine',
  action: 'POST /v1/action',
  info: 'GET /v1/info',
};

/** A 404 that names the right path, for the four pages of the manual and the usual guesses at polling. */
export function answerUnknownPath(method: string, path: string): { status: number; body: JsonObject } | undefined {
  const [found, page = ''] = OURS.exec(path) ?? [];
  if (found === undefined) return undefined;
  const isPolling = method === 'GET' && page !== 'info';
  const right = (isPolling ? undefined : RIGHT[page]) ?? 'GET /v1/fetch/{task_id}';
  return { status: STATUS['route-not-found'], body: { detail: `There is no ${method} ${path.slice(0, 200)} here. Use ${right}` } };
}
