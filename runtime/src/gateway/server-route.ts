import { isRequest } from '../mcp/json-rpc';
import type { Exchange } from './exchange';
import type { GatewayServices } from './gateway-services';
import { OUTCOME } from './outcome';
import { filterLists } from './policy/list-filter';
import { readMessage } from './read-message';
import { methodNotAllowed, notFound, sessionNotFound, unavailable } from './refusal';
import { clientName } from './session/client-name';
import { findSession, newSession } from './session/sessions';
import type { UpstreamSession } from './session/session-tokens';
import type { MessageRewrite } from './upstream/answer-body';
import { forward } from './upstream/forward';
import type { RelayOptions } from './upstream/relay';
import { requestHeaders } from './upstream/request-headers';
import type { UpstreamRequest, UpstreamServer } from './upstream/upstream-server';

/** `/servers/NAME/mcp`: one server as it is, but for what the caller may not see or do. */
export class ServerRoute {
  constructor(private readonly services: GatewayServices) {}

  async handle(exchange: Exchange, name: string): Promise<void> {
    const server = this.services.servers.get(name);
    if (server === undefined) {
      throw notFound();
    }
    exchange.server = name;
    this.services.access.requireServer(exchange, name);
    switch (exchange.request.method) {
      case 'POST':
        return this.post(exchange, server);
      case 'GET':
        return this.openStream(exchange, server);
      case 'DELETE':
        return this.endSession(exchange, server);
      default:
        throw methodNotAllowed('GET, POST, DELETE');
    }
  }

  private async post(exchange: Exchange, server: UpstreamServer): Promise<void> {
    const { access, sessions, limits } = this.services;
    const { message, body } = await readMessage(exchange, limits.bodyBytes);
    const opens = isRequest(message) && message.method === 'initialize';
    const session = opens ? undefined : await findSession(exchange, sessions);
    if (opens) {
      exchange.client = clientName(message.params);
    }
    access.requireMessage(exchange, server.name, message);
    await this.forward(exchange, server, session?.upstreams[0], {
      body,
      deadlineMs: limits.callSeconds * 1000,
      rewrite: isRequest(message) && message.method.endsWith('/list') ? this.listFilter(exchange, server) : undefined,
      sealSession: opens ? this.sealer(exchange) : undefined,
    });
  }

  private async openStream(exchange: Exchange, server: UpstreamServer): Promise<void> {
    const { metrics, sessions } = this.services;
    const session = await findSession(exchange, sessions);
    metrics.streamOpened(server.name);
    try {
      await this.forward(exchange, server, session?.upstreams[0], {
        // A stream that is resumed brings answers that the client has missed, lists among them.
        rewrite: this.listFilter(exchange, server),
        deadlineMs: exchange.caller!.expiresAt * 1000 - Date.now(),
        deadlineOutcome: OUTCOME.EXPIRED,
      });
    } finally {
      metrics.streamClosed(server.name);
    }
  }

  private async endSession(exchange: Exchange, server: UpstreamServer): Promise<void> {
    const { metrics, sessions, limits } = this.services;
    const session = await findSession(exchange, sessions);
    await this.forward(exchange, server, session?.upstreams[0], { deadlineMs: limits.callSeconds * 1000 });
    if (session !== undefined && exchange.outcome === OUTCOME.OK) {
      metrics.sessionEnded(server.name, Date.now() / 1000 - session.startedAt);
    }
  }

  private async forward(
    exchange: Exchange, server: UpstreamServer, session: UpstreamSession | undefined,
    { body, ...options }: RelayOptions & { readonly body?: Buffer },
  ): Promise<void> {
    const method = exchange.request.method as UpstreamRequest['method'];
    const request = { method, headers: await requestHeaders(exchange, server, session), body };
    if (!await forward(exchange, server, session, request, options)) {
      // Without its replica a session is gone; the client may open another one.
      throw session === undefined ? unavailable(server.name) : sessionNotFound();
    }
  }

  private listFilter(exchange: Exchange, server: UpstreamServer): MessageRewrite {
    const permits = this.services.access.permits(exchange, server.name);
    return (message) => filterLists(message, permits);
  }

  private sealer(exchange: Exchange): RelayOptions['sealSession'] {
    return (upstream) => this.services.sessions.seal(newSession(exchange, [upstream]));
  }
}
