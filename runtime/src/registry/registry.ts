import { createServer } from 'node:http';
import { METRIC } from '../../../lib/contract/metrics';
import type { RegistryConfig } from '../../../lib/contract/registry-config';
import { Authenticator } from '../auth/authenticate';
import { TokenVerifier } from '../auth/token-verifier';
import type { AddressMap } from '../platform/address-map';
import { startAdminServer } from '../platform/admin-server';
import { closeServer } from '../platform/close-server';
import type { Running } from '../platform/lifecycle';
import { listen, parseListenAddress, urlOf } from '../platform/listen';
import type { Logger } from '../platform/logger';
import { Metrics } from '../platform/metrics';
import { PolicyEngine } from '../policy/policy-engine';
import { discoveryListener } from './discovery-listener';
import { HealthChecks } from './health-checks';

/** Answers take milliseconds, or the time-outs of an issuer that is away. */
const DRAIN_MS = 5000;

export interface RegistryOptions {
  readonly logger: Logger;
  readonly addressMap: AddressMap;
}

export interface RunningRegistry extends Running {
  readonly url: string;
  readonly adminUrl: string;
}

/**
 * Starts the registry: it knows the servers of its configuration, asks them whether they can serve,
 * and tells each caller of those that it may see.
 *
 * @throws UsageError when a policy or an address is wrong.
 */
export async function startRegistry(
  config: RegistryConfig, { logger, addressMap }: RegistryOptions,
): Promise<RunningRegistry> {
  const policy = loadPolicy(config, logger);
  const health = new HealthChecks({ config, addressMap, logger });
  const metrics = new Metrics();
  metrics.gauge(METRIC.REGISTRY_SERVERS, (gauge) => {
    gauge.set({ state: 'healthy' }, health.counts.healthy);
    gauge.set({ state: 'unhealthy' }, health.counts.unhealthy);
  });
  const server = createServer(discoveryListener({
    config, policy, logger,
    authenticator: createAuthenticator(config, logger),
    isHealthy: (name) => health.isHealthy(name),
    requests: metrics.counter(METRIC.DISCOVERY_REQUESTS),
  }));
  const adminAddress = parseListenAddress(config.admin);
  const admin = await startAdminServer({
    address: adminAddress, metrics: metrics.registry, notReadyReason: () => health.notReadyReason(),
  });
  const url = await listen(server, parseListenAddress(config.listen));
  void health.start();
  return {
    url,
    adminUrl: urlOf(admin, adminAddress.host),
    stop: async () => {
      await Promise.all([health.stop(), closeServer(server, DRAIN_MS)]);
      await closeServer(admin, 0);
    },
  };
}

function loadPolicy(config: RegistryConfig, logger: Logger): PolicyEngine {
  const policy = PolicyEngine.load(config.policy.directory, config.servers);
  if (policy.policyCount === 0) {
    logger.warn({ directory: config.policy.directory }, 'there is no policy: nobody sees any server');
  }
  return policy;
}

function createAuthenticator({ authentication, publicUrl }: RegistryConfig, logger: Logger): Authenticator {
  const { issuers, requiredScopes } = authentication;
  return new Authenticator({ verifier: new TokenVerifier({ issuers, logger }), publicUrl, requiredScopes });
}
