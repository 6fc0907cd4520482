import type { Exchange } from '../exchange';
import type { UpstreamSession } from '../session/session-tokens';
import { cancelIfTimedOut } from './cancel-call';
import { relay, type RelayOptions } from './relay';
import type { UpstreamRequest, UpstreamServer } from './upstream-server';

/** Replicas that a request is offered to before its server counts as unavailable. */
const MAX_ATTEMPTS = 3;

/** Where a request can go: to the replica that holds the session, or without one to any, best first. */
export async function endpointsFor(
  server: UpstreamServer, session: Pick<UpstreamSession, 'endpoint' | 'id'> | undefined,
): Promise<string[]> {
  return session?.id === undefined ? (await server.candidates()).slice(0, MAX_ATTEMPTS) : [session.endpoint];
}

/** Relays a request. @returns false when no replica that can serve it could be reached: nothing was sent */
export async function forward(
  exchange: Exchange, server: UpstreamServer, session: UpstreamSession | undefined,
  request: UpstreamRequest, options: RelayOptions,
): Promise<boolean> {
  for (const endpoint of await endpointsFor(server, session)) {
    if (await relay(exchange, server, endpoint, request, options)) {
      void cancelIfTimedOut(exchange, server, { server: server.name, endpoint, ...session });
      return true;
    }
  }
  return false;
}
