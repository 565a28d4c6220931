/** How we name ourselves to Discord, in HTTP headers and in the gateway's Identify. We never pose as another client. */
export const CLIENT_NAME = 'Atelier';
