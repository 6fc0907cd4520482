import { HEADER } from '../../mcp/headers';
import type { Exchange } from '../exchange';
import { sessionNotFound } from '../refusal';
import type { Session, SessionTokens, UpstreamSession } from './session-tokens';

/**
 * The session that a request belongs to, or undefined when it names none.
 *
 * @throws Refusal when it names one that is not the caller's on this route.
 */
export async function findSession(exchange: Exchange, sessions: SessionTokens): Promise<Session | undefined> {
  const token = exchange.request.headers[HEADER.SESSION_ID];
  if (typeof token !== 'string') {
    return undefined;
  }
  const opened = sessions.open(token, exchange.caller!, exchange.path);
  const session = opened instanceof Promise ? await opened : opened;
  if (session === undefined) {
    throw sessionNotFound();
  }
  exchange.client = session.client;
  return session;
}

/** A session that the caller opens now, on the route of the request. */
export function newSession(exchange: Exchange, upstreams: readonly UpstreamSession[]): Session {
  const { issuer, subject } = exchange.caller!;
  return {
    route: exchange.path, issuer, subject, client: exchange.client,
    startedAt: Math.floor(Date.now() / 1000), upstreams,
  };
}
