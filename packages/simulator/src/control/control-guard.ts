import { timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** A refused control request. `error` is the sentence that the caller reads. */
export interface ControlRefusal {
  status: 401 | 403 | 415;
  error: string;
}

/** The secret of the control, and the host name or address that the simulator listens on. */
export interface ControlGuardOptions {
  token: string;
  host: string;
}

const WILDCARDS = new Set(['0.0.0.0', '::', '[::]']);
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The reason why a request may not use the control, or null. A web page in the operator's browser can reach loopback, so a request
 * that a page of another origin sends is refused before its token is looked at: by `Host` (a name that an attacker points at
 * loopback), by `Origin`, by `Sec-Fetch-Site` and by the content type, for a page may send all other types without asking first.
 */
export function refuseControl(request: FastifyRequest, { token, host }: ControlGuardOptions): ControlRefusal | null {
  const { headers, body } = request;
  const given = headers.host ?? '';
  if (!isOwnHost(given, host, request.socket.localPort)) return forbidden(`the control does not answer to Host ${given}`);
  if (headers.origin !== undefined && headers.origin !== `http://${given}`)
    return forbidden(`the control does not answer pages of ${headers.origin}`);
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return forbidden('the control does not answer pages of other sites');
  if (!isSame(headers.authorization ?? '', `Bearer ${token}`))
    return {
      status: 401,
      error: 'the control wants the header "authorization: Bearer <token>"; the simulator prints the token at its start',
    };
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (typeof body === 'string' && body !== '' && type !== 'application/json')
    return { status: 415, error: 'the body must come as content-type: application/json' };
  return null;
}

const forbidden = (error: string): ControlRefusal => ({ status: 403, error });

/** True for an address of loopback or the simulator's own name with its port; on all interfaces, for any address with any port. */
function isOwnHost(given: string, host: string, port: number | undefined): boolean {
  const name = given.replace(/:\d+$/, '');
  if (WILDCARDS.has(host)) return name === 'localhost' || isIP(name.replaceAll(/^\[|\]$/g, '')) !== 0;
  return [...LOOPBACK, host].some((own) => given === `${own}:${port}`);
}

/** Equal texts, compared in a time that does not depend on where they differ. */
function isSame(left: string, right: string): boolean {
  const [given, wanted] = [Buffer.from(left), Buffer.from(right)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
