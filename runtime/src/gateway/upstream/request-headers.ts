import { ASSERTION_HEADER } from '../../../../lib/contract/assertions';
import type { Exchange } from '../exchange';
import type { UpstreamSession } from '../session/session-tokens';
import { headersToServer } from './upstream-headers';
import type { UpstreamServer } from './upstream-server';

/**
 * Headers for a request that a server gets on behalf of a client, as pairs in a flat list: what it may see of the
 * client's own, its own session id, and who calls where it wants to be told.
 *
 * @param session undefined when the request opens one
 */
export async function requestHeaders(
  { request, caller }: Exchange, server: UpstreamServer, session: Pick<UpstreamSession, 'id' | 'revision'> | undefined,
): Promise<string[]> {
  const headers = headersToServer(request.headers, session);
  const assertion = await server.assertionOf(caller!);
  if (assertion !== undefined) {
    headers.push(ASSERTION_HEADER, assertion);
  }
  return headers;
}
