import type { IncomingMessage } from 'node:http';

/**
 * The access token of a request: the Authorization header of RFC 6750 section 2.1 and nothing else.
 * A token in the query would end up in the logs of every proxy on the way.
 */
export function bearerToken(request: IncomingMessage): string | undefined {
  return /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
}
