import type { Writable } from 'node:stream';
import type { GatewayConfig } from '../../../lib/contract/gateway-config';
import { AssertionSigner } from '../auth/assertions/assertion-signer';
import { readSigningKey } from '../auth/assertions/signing-key';
import { Authenticator } from '../auth/authenticate';
import { TokenVerifier } from '../auth/token-verifier';
import type { AddressMap } from '../platform/address-map';
import { startAdminServer } from '../platform/admin-server';
import { closeServer } from '../platform/close-server';
import { createHttpAgent } from '../platform/http-agent';
import type { Running } from '../platform/lifecycle';
import { listen, parseListenAddress, urlOf } from '../platform/listen';
import type { Logger } from '../platform/logger';
import { PolicyEngine } from '../policy/policy-engine';
import { Access } from './access';
import { AuditLog } from './audit-log';
import { createHttpServer } from './create-http-server';
import { DiscoverRoute } from './discover-route';
import { FleetRoute } from './fleet/fleet-route';
import { FrontDoor } from './front-door';
import { GatewayMetrics } from './gateway-metrics';
import type { GatewayServices } from './gateway-services';
import { MetadataRoute } from './metadata-route';
import { Readiness } from './readiness';
import { ServerRoute } from './server-route';
import { readSessionKeys } from './session/session-keys';
import { SessionTokens } from './session/session-tokens';
import { UpstreamServer } from './upstream/upstream-server';

export interface GatewayOptions {
  readonly logger: Logger;
  readonly addressMap: AddressMap;
  /** Where audit records go. Default: standard output. */
  readonly auditStream?: Writable;
}

export interface RunningGateway extends Running {
  readonly url: string;
  readonly adminUrl: string;
}

/** Connections that clients still have open after the drain get this long to take what was sent to them. */
const CLOSE_MS = 1000;

/**
 * Starts the gateway: it lets callers with a token of the fleet's issuers use what policy permits them of its servers.
 *
 * @throws UsageError when policies, keys, certificate or an address are wrong.
 */
export async function startGateway(config: GatewayConfig, options: GatewayOptions): Promise<RunningGateway> {
  const { logger, addressMap } = options;
  const verifier = new TokenVerifier({ issuers: config.authentication.issuers, logger });
  const services = await createServices(config, options);
  const audit = new AuditLog(logger, options.auditStream);
  const agent = createHttpAgent(addressMap, { connectTimeoutMs: 2000 });
  const frontDoor = new FrontDoor({
    origin: new URL(config.publicUrl).origin,
    authenticator: new Authenticator({
      verifier, publicUrl: config.publicUrl, requiredScopes: config.authentication.requiredScopes,
    }),
    routes: {
      metadata: new MetadataRoute(config),
      server: new ServerRoute(services),
      fleet: new FleetRoute(services),
      discover: new DiscoverRoute({ registryUrl: config.registryUrl, dispatcher: agent, metrics: services.metrics }),
    },
    metrics: services.metrics, audit, logger,
  });
  const readiness = new Readiness(verifier);
  const adminAddress = parseListenAddress(config.admin);
  const address = parseListenAddress(config.listen);
  const server = createHttpServer(config.tls, (request, response) => void frontDoor.serve(request, response));
  const admin = await startAdminServer({
    address: adminAddress, metrics: services.metrics.registry, notReadyReason: () => readiness.notReadyReason(),
  });
  const url = await listen(server, address, config.tls === undefined ? 'http' : 'https');
  void readiness.start();

  return {
    url,
    adminUrl: urlOf(admin, adminAddress.host),
    stop: async () => {
      readiness.stop();
      await frontDoor.drain(config.limits.drainSeconds * 1000);
      // Ends the streams that are still open.
      await Promise.all([...services.servers.values()].map((upstream) => upstream.destroy()));
      await closeServer(server, CLOSE_MS);
      await frontDoor.empty();
      await Promise.all([audit.close(), agent.close(), closeServer(admin, 0)]);
    },
  };
}

async function createServices(
  config: GatewayConfig, { logger, addressMap }: GatewayOptions,
): Promise<GatewayServices> {
  const policy = PolicyEngine.load(config.policy.directory, config.servers);
  if (policy.policyCount === 0) {
    logger.warn({ directory: config.policy.directory }, 'there is no policy: nobody may use any server');
  }
  const signer = config.assertionKeyFile === undefined
    ? undefined : new AssertionSigner(await readSigningKey(config.assertionKeyFile));
  const servers = new Map(config.servers.map(({ name, url, takesAssertions }) => [
    name, new UpstreamServer({ name, url, addressMap, logger, signer: takesAssertions ? signer : undefined }),
  ]));
  const metrics = new GatewayMetrics([...servers.values()]);
  return {
    servers,
    access: new Access(policy, metrics),
    sessions: new SessionTokens(await readSessionKeys(config.sessionKeysFile)),
    metrics,
    limits: config.limits,
    logger,
  };
}
