import type { GatewayConfig } from '../../../lib/contract/gateway-config';
import type { Logger } from '../platform/logger';
import type { Access } from './access';
import type { GatewayMetrics } from './gateway-metrics';
import type { SessionTokens } from './session/session-tokens';
import type { UpstreamServer } from './upstream/upstream-server';

/** What the routes share. */
export interface GatewayServices {
  /** By name, in the configuration's order. */
  readonly servers: ReadonlyMap<string, UpstreamServer>;
  readonly access: Access;
  readonly sessions: SessionTokens;
  readonly metrics: GatewayMetrics;
  readonly limits: GatewayConfig['limits'];
  readonly logger: Logger;
}
