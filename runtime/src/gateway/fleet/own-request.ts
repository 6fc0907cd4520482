import { randomUUID } from 'node:crypto';
import type { Exchange } from '../exchange';
import { sessionNotFound } from '../refusal';
import type { UpstreamSession } from '../session/session-tokens';
import { ask, type ServerAnswer } from '../upstream/ask';
import { endpointsFor } from '../upstream/forward';
import { requestHeaders } from '../upstream/request-headers';
import { isUnreachable, type UpstreamServer } from '../upstream/upstream-server';

/** One slow server must not hold up what is asked of all. */
const PATIENCE_MS = 20_000;

/** What a server answered to a request of the gateway's own, and where. */
export interface OwnAnswer extends ServerAnswer {
  readonly endpoint: string;
  readonly result: Record<string, unknown>;
}

/**
 * Asks one server on behalf of the whole fleet's client.
 *
 * @param session the one to ask in; none to open one
 * @throws Refusal when the session is over
 * @throws Error when the server cannot be reached, takes too long, or answers with an error.
 */
export async function ownRequest(
  exchange: Exchange, server: UpstreamServer, session: UpstreamSession | undefined, method: string, params: object,
): Promise<OwnAnswer> {
  // Not the client's id: following a cursor takes several requests.
  const id = randomUUID();
  const body = JSON.stringify({ jsonrpc: '2.0', id, method, params });
  const headers = await requestHeaders(exchange, server, session);
  let failure = new Error('it has no address');
  for (const endpoint of await endpointsFor(server, session)) {
    try {
      const answer = await ask(server, endpoint, { method: 'POST', headers, body }, { id, timeoutMs: PATIENCE_MS });
      return { ...answer, endpoint, result: resultOf(answer, session) };
    } catch (error) {
      failure = error as Error;
      if (!isUnreachable(failure)) {
        break;
      }
    }
  }
  throw failure;
}

/**
 * Tells one server what needs no response: a notification, or by DELETE that the session is over.
 *
 * @throws Error when the server cannot be reached or takes too long.
 */
export async function tell(
  exchange: Exchange, server: UpstreamServer, session: UpstreamSession, method: 'POST' | 'DELETE', body?: Buffer,
): Promise<void> {
  const headers = await requestHeaders(exchange, server, session);
  const [endpoint] = await endpointsFor(server, session);
  if (endpoint !== undefined) {
    await ask(server, endpoint, { method, headers, body }, { timeoutMs: PATIENCE_MS });
  }
}

function resultOf({ status, response }: ServerAnswer, session: UpstreamSession | undefined): Record<string, unknown> {
  if (status === 404 && session !== undefined) {
    throw sessionNotFound();
  }
  if (response?.result === undefined) {
    throw new Error(response?.error === undefined
      ? `it answered ${status}` : `it answered with error ${response.error.code}: ${response.error.message}`);
  }
  return response.result;
}
