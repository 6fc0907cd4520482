import { request, type Dispatcher } from 'undici';
import { DISCOVERY_OUTCOME } from '../../../lib/contract/metrics';
import { DISCOVER_PATH } from '../../../lib/contract/paths';
import type { Exchange } from './exchange';
import type { GatewayMetrics } from './gateway-metrics';
import { OUTCOME } from './outcome';
import { methodNotAllowed } from './refusal';

const TIMEOUT_MS = 5000;

export interface DiscoverRouteOptions {
  /** Absent when the fleet has no registry. */
  readonly registryUrl?: string;
  readonly dispatcher: Dispatcher;
  readonly metrics: GatewayMetrics;
}

/**
 * `/discover`: the registry's answer. It gets the caller's token, as a part of the same protected resource
 * that decides by the same policy; servers never get it.
 */
export class DiscoverRoute {
  constructor(private readonly options: DiscoverRouteOptions) {}

  async handle(exchange: Exchange): Promise<void> {
    if (exchange.request.method !== 'GET') {
      throw methodNotAllowed('GET');
    }
    const servers = await this.askRegistry(exchange);
    if (servers === undefined) {
      this.options.metrics.discovered(DISCOVERY_OUTCOME.ERROR);
      exchange.outcome = OUTCOME.UNAVAILABLE;
      return exchange.sendJson(503, { error: 'the registry is not available' }, { 'retry-after': '5' });
    }
    this.options.metrics.discovered(DISCOVERY_OUTCOME.OK);
    exchange.send(200, servers, { 'cache-control': 'no-store' });
  }

  private async askRegistry(exchange: Exchange): Promise<string | undefined> {
    const { registryUrl, dispatcher } = this.options;
    if (registryUrl === undefined) {
      exchange.problem = 'no registry is configured';
      return undefined;
    }
    exchange.handOn();
    try {
      const { authorization, traceparent, tracestate } = exchange.request.headers;
      const { statusCode, body } = await request(registryUrl + DISCOVER_PATH, {
        dispatcher, headers: { authorization, traceparent, tracestate }, signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await body.text();
      if (statusCode === 200) {
        return text;
      }
      exchange.problem = `the registry answered ${statusCode}`;
    } catch (error) {
      exchange.problem = `the registry cannot be asked: ${(error as Error).message}`;
    }
    return undefined;
  }
}
