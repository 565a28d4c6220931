const KEY = /^[A-Za-z0-9_-]{4,128}$/;

/** The key itself. Throws when it is anything that a path or a URL could be made of. */
export function checkBlobKey(key: string): string {
  if (!KEY.test(key)) throw new Error(`not a blob key: ${JSON.stringify(key)}`);
  return key;
}
