import manifest from '../../package.json' with { type: 'json' };

/** The client's name in HTTP headers and in the gateway's Identify. The client never imitates another client. */
export const CLIENT_NAME = 'Atelier';

/** Name, version and address of this program, for every request that leaves the server. Source: discord-api-docs, user agent. */
export const USER_AGENT = `${CLIENT_NAME}/${manifest.version} (+${manifest.homepage})`;
