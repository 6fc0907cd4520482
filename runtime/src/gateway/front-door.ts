import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { DISCOVERY_OUTCOME } from '../../../lib/contract/metrics';
import type { Authenticator } from '../auth/authenticate';
import { ERROR_CODE } from '../mcp/json-rpc';
import type { Logger } from '../platform/logger';
import type { AuditLog } from './audit-log';
import type { DiscoverRoute } from './discover-route';
import { Exchange } from './exchange';
import type { FleetRoute } from './fleet/fleet-route';
import type { GatewayMetrics } from './gateway-metrics';
import type { MetadataRoute } from './metadata-route';
import { OUTCOME } from './outcome';
import { Refusal, notFound } from './refusal';
import { routeOf, type Route } from './route';
import type { ServerRoute } from './server-route';

export interface FrontDoorOptions {
  /** The only origin whose pages may send requests (DNS rebinding: MCP, Streamable HTTP, Security Warning). */
  readonly origin: string;
  readonly authenticator: Authenticator;
  readonly routes: {
    readonly metadata: MetadataRoute;
    readonly server: ServerRoute;
    readonly fleet: FleetRoute;
    readonly discover: DiscoverRoute;
  };
  readonly metrics: GatewayMetrics;
  readonly audit: AuditLog;
  readonly logger: Logger;
}

/** Where every request comes in: lets it through to its route or not, and sees to it that its end is recorded. */
export class FrontDoor {
  /** What is under way, and when it will be over. */
  private readonly inside = new Map<Exchange, Promise<void>>();
  private closing = false;

  constructor(private readonly options: FrontDoorOptions) {}

  /** Serves one request. Never rejects. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new Exchange(request, response);
    if (this.closing) {
      // The client is to come back by a connection to another replica.
      response.shouldKeepAlive = false;
    }
    const over = this.process(exchange);
    this.inside.set(exchange, over);
    await over;
    this.inside.delete(exchange);
  }

  /** Resolves when no call is in flight, or after so long. Streams on which servers may speak are not waited for. */
  async drain(limitMs: number): Promise<void> {
    this.closing = true;
    const idle = new AbortController();
    const tooLong = sleep(limitMs, undefined, { signal: idle.signal }).catch(() => undefined);
    await Promise.race([this.idle(), tooLong]);
    idle.abort();
  }

  /** Resolves when every request is over and recorded. */
  async empty(): Promise<void> {
    await Promise.all(this.inside.values());
  }

  private async idle(): Promise<void> {
    const calls = () => [...this.inside].filter(([{ request }]) => request.method !== 'GET').map(([, over]) => over);
    while (calls().length > 0) {
      await Promise.all(calls());
    }
  }

  /** Resolves when the response has ended, one way or the other, and is recorded. */
  private async process(exchange: Exchange): Promise<void> {
    try {
      await this.route(exchange);
    } catch (error) {
      this.answerError(exchange, error);
    }
    const { response } = exchange;
    if (!response.closed) {
      await new Promise((resolve) => response.once('close', resolve));
    }
    this.record(exchange);
  }

  private async route(exchange: Exchange): Promise<void> {
    const { routes } = this.options;
    const route = routeOf(exchange.path);
    if (route?.kind === 'metadata') {
      return routes.metadata.handle(exchange, route.describes);
    }
    this.checkOrigin(exchange);
    if (route === undefined) {
      throw notFound();
    }
    if (!await this.authenticate(exchange, route)) {
      return;
    }
    switch (route.kind) {
      case 'server':
        return routes.server.handle(exchange, route.server);
      case 'fleet':
        return routes.fleet.handle(exchange);
      case 'discover':
        return routes.discover.handle(exchange);
    }
  }

  private checkOrigin({ request }: Exchange): void {
    const { origin } = request.headers;
    if (origin !== undefined && origin !== this.options.origin) {
      throw new Refusal('Requests from pages of this origin are not served', {
        status: 403, code: ERROR_CODE.INVALID_REQUEST, outcome: OUTCOME.FOREIGN_ORIGIN,
      });
    }
  }

  /** @returns false when the request has been refused */
  private async authenticate(exchange: Exchange, route: Route): Promise<boolean> {
    const { authenticator, metrics } = this.options;
    const authentication = await authenticator.authenticate(exchange.request, exchange.path);
    if ('caller' in authentication) {
      exchange.caller = authentication.caller;
      metrics.authenticated('ok');
      return true;
    }
    const { outcome, status, headers, body } = authentication.refusal;
    metrics.authenticated(outcome);
    if (route.kind === 'discover') {
      metrics.discovered(status === 503 ? DISCOVERY_OUTCOME.UNAVAILABLE : DISCOVERY_OUTCOME.REFUSED);
    }
    exchange.outcome = outcome;
    exchange.sendJson(status, body, headers);
    return false;
  }

  private answerError(exchange: Exchange, error: unknown): void {
    const { response } = exchange;
    if (response.destroyed) {
      exchange.outcome = OUTCOME.DISCONNECTED;
    } else if (error instanceof Refusal && !response.headersSent) {
      exchange.refuse(error);
    } else {
      this.options.logger.error({ err: error, method: exchange.method, server: exchange.server }, 'request failed');
      this.answerInternalError(exchange);
    }
  }

  private answerInternalError(exchange: Exchange): void {
    if (exchange.response.headersSent) {
      exchange.outcome = OUTCOME.INTERNAL_ERROR;
      exchange.response.destroy();
    } else {
      exchange.refuse(new Refusal('Internal error', {
        status: 500, code: ERROR_CODE.INTERNAL_ERROR, outcome: OUTCOME.INTERNAL_ERROR,
      }));
    }
  }

  private record(exchange: Exchange): void {
    const { metrics, audit, logger } = this.options;
    metrics.finished(exchange);
    audit.write(exchange.auditRecord());
    const { problem, server, method, outcome } = exchange;
    if (problem !== undefined) {
      logger.warn({ server, method, outcome, reason: problem }, 'request was not answered as it should be');
    }
  }
}
