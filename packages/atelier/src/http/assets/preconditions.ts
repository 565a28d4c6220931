import type { IncomingHttpHeaders } from 'node:http';

/** The validators of a file. A stored file never changes, so both are strong. */
export interface Validators {
  /** With its quotes. */
  etag: string;
  /** As in the `last-modified` header: whole seconds. */
  lastModified: string;
}

/** The answer to a GET or HEAD: the file, 304 where the caller's copy is valid, or 412 where `If-Match` or `If-Unmodified-Since` fails. Source: rfc, 9110 section 13.2.2. */
export function checkPreconditions(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): 'send' | 304 | 412 {
  const changedSince = (date: string): boolean => Date.parse(lastModified) > Date.parse(date);
  const ifMatch = headers['if-match'];
  const ifUnmodified = headers['if-unmodified-since'];
  if (ifMatch !== undefined) {
    if (!listNames(ifMatch, etag)) return 412;
  } else if (ifUnmodified !== undefined && changedSince(ifUnmodified)) {
    return 412;
  }
  const ifNoneMatch = headers['if-none-match'];
  const ifModified = headers['if-modified-since'];
  if (ifNoneMatch !== undefined) return listNames(ifNoneMatch.replaceAll('W/', ''), etag) ? 304 : 'send';
  if (ifModified !== undefined && Date.parse(ifModified) >= Date.parse(lastModified)) return 304;
  return 'send';
}

/** Whether the `Range` header applies: it does not when `If-Range` names another version of the file. Source: rfc, 9110 section 13.1.5. */
export function mayRange(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const ifRange = headers['if-range'];
  return ifRange === undefined || ifRange === etag || ifRange === lastModified;
}

function listNames(list: string, etag: string): boolean {
  return list
    .split(',')
    .map((item) => item.trim())
    .some((item) => item === '*' || item === etag);
}
