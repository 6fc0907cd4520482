import type { GatewayConfig } from '../../../lib/contract/gateway-config';
import { protectedResourceMetadata } from '../auth/protected-resource';
import type { Exchange } from './exchange';
import { methodNotAllowed } from './refusal';

/** `/.well-known/oauth-protected-resource/…`: tells anybody which issuers' tokens a route takes. */
export class MetadataRoute {
  constructor(private readonly config: Pick<GatewayConfig, 'publicUrl' | 'authentication'>) {}

  handle(exchange: Exchange, route: string): void {
    if (exchange.request.method !== 'GET') {
      throw methodNotAllowed('GET');
    }
    const { publicUrl, authentication } = this.config;
    exchange.sendJson(200, protectedResourceMetadata({
      resource: publicUrl + route,
      issuers: authentication.issuers.map(({ issuer }) => issuer),
      scopes: authentication.requiredScopes,
    }));
  }
}
