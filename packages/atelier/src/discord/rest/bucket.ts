/** Resources whose id is part of the bucket: each channel and each guild has a limit of its own. */
const MAJOR_RESOURCES = new Set(['channels', 'guilds']);
const SNOWFLAKE = /^\d{15,20}$/;

/**
 * The name under which Discord counts a request: method and path, where ids other than the first channel or guild are left out.
 * User tokens are not told the real bucket (`X-RateLimit-Bucket`), so this is the finest division that is known to be safe.
 * Source: discord-api-docs, topics/rate-limits; discord-userdoccers, topics/rate-limits.
 */
export function toBucket(method: string, path: string): string {
  const segments = path.split('/').slice(1);
  const shape = segments.map((segment, index) => {
    if (index === 1 && MAJOR_RESOURCES.has(segments[0] ?? '')) return segment;
    if (segments[index - 1] === 'reactions') return ':emoji';
    return SNOWFLAKE.test(segment) ? ':id' : segment;
  });
  return `${method} /${shape.join('/')}`;
}
