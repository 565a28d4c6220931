/** The part of Fastify's route options that the rewriter reads. */
interface RegisteredRoute {
  /** The whole pattern. */
  url: string;
  /** The pattern without the prefix of its plugin. */
  routePath: string;
  prefix: string;
}

/**
 * Lets every route answer whether or not the caller's base URL ends in a slash: doubled slashes of a path become one, and a slash at its end goes,
 * unless a route was registered with it (`/v2/jobs/` is another page than `/v2/jobs`). The query, percent-encoded text and a URL inside the path
 * (`https://…`) stay as they came. A path with `.` or `..` segments stays too, and so leads nowhere.
 */
export function createUrlRewriter() {
  const slashRoutes = new Set(['/']);
  return {
    /** For Fastify's `onRoute`. */
    addRoute({ url, routePath, prefix }: RegisteredRoute): void {
      if (url.endsWith('/')) slashRoutes.add(url);
      // Fastify answers the index route of a plugin with and without a slash.
      else if (routePath === '' && prefix !== '') slashRoutes.add(`${url}/`);
    },
    rewrite(url: string): string {
      const end = url.indexOf('?');
      const path = end === -1 ? url : url.slice(0, end);
      if (!path.startsWith('/') || !(path.endsWith('/') || path.includes('//')) || DOT_SEGMENT.test(path)) return url;
      const single = path.replaceAll(DOUBLED, '/');
      const routed = slashRoutes.has(single) ? single : single.replace(/\/$/, '');
      return end === -1 ? routed : routed + url.slice(end);
    },
  };
}

const DOT_SEGMENT = /\/\.{1,2}(\/|$)/;
/** Two or more slashes, except after a colon (`https://`). */
const DOUBLED = /(?<!:)\/{2,}/g;
