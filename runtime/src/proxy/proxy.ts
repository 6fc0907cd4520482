import { createServer, type Server } from 'node:http';
import { MCP_PATH } from '../../../lib/contract/paths';
import type { ProxyConfig } from '../../../lib/contract/proxy-config';
import { AssertionVerifier } from '../auth/assertions/assertion-verifier';
import { AddressMap } from '../platform/address-map';
import { startAdminServer } from '../platform/admin-server';
import { closeServer, untilUnused } from '../platform/close-server';
import type { Running } from '../platform/lifecycle';
import { isLoopback, listen, parseListenAddress, urlOf } from '../platform/listen';
import type { Logger } from '../platform/logger';
import { createCallerAuthenticator } from './authenticate-caller';
import { createConnector } from './create-connector';
import { mcpListener, type AuthenticateCaller } from './endpoint';
import { ProxyMetrics } from './proxy-metrics';
import { RequestBodies } from './request-bodies';
import { Serving } from './serving';
import { Timeouts } from './timeouts';
import { UnreadAnswers } from './unread-answers';
import { toMilliseconds } from './timing';

/**
 * What stands between a client and the proxy often takes a connection for dead that has been silent for a minute;
 * a quarter of that is safe.
 */
const KEEP_ALIVE_MS = 15_000;

/**
 * How long a client may take to send the headers of a request, and then its body: enough for the largest body over
 * a line of 1 Mbit/s.
 */
const SENDER_MS = 60_000;

/** Ours are few and short. Browsers and proxies add theirs, and the gateway its assertion. */
const HEADER_BYTES = 16 * 1024;

/**
 * After the last session has ended, how long its last answers may take to reach their clients, and how long clients
 * may still come by connections that they have.
 */
const CLOSE_GRACE_MS = 1000;

export interface ProxyOptions {
  readonly logger: Logger;
  /** Names that lead here in the local run, besides those of loopback. */
  readonly addressMap?: AddressMap;
  /** When an answer becomes a stream, and how often a comment shows that it is alive. */
  readonly keepAliveMs?: number;
  /** How long a client may take to send the headers of a request, and then its body. */
  readonly senderMs?: number;
}

export interface RunningProxy extends Running {
  /** The MCP endpoint. */
  readonly url: string;
  readonly adminUrl: string;
}

/**
 * Serves a stdio server as Streamable HTTP, to clients of either era.
 *
 * @throws UsageError when the server's package or the assertion keys are not there, or an address is wrong.
 */
export async function startProxy(config: ProxyConfig, options: ProxyOptions): Promise<RunningProxy> {
  const { limits } = config;
  const logger = options.logger.child({ server: config.server });
  const metrics = new ProxyMetrics(config.server);
  const delivery = {
    keepAlive: new Timeouts(options.keepAliveMs ?? KEEP_ALIVE_MS),
    unread: new UnreadAnswers(),
  };
  const connector = createConnector(config.connector, logger);
  const serving = new Serving({ config, connector, metrics, logger, delivery });
  const authenticate = await createAuthentication(config, logger);
  const adminAddress = parseListenAddress(config.admin);
  const admin = await startAdminServer({
    address: adminAddress,
    metrics: metrics.registry,
    notReadyReason: () => serving.notReadyReason,
  });
  const address = parseListenAddress(config.listen);
  const senderMs = options.senderMs ?? SENDER_MS;
  const server = createHttpServer(limits, senderMs);
  const baseUrl = await listen(server, address);
  const onRequest = mcpListener({
    logger, delivery,
    sessions: serving.sessions,
    modern: serving.modern,
    authenticate,
    bodies: new RequestBodies(limits.bodyBytes, senderMs),
    isOwnHost: isLoopback(address.host) ? ownHosts(baseUrl, options.addressMap) : undefined,
  });
  server.on('request', (request, response) => {
    // Clients that keep a connection would lose the request that they are just sending when it is closed.
    response.shouldKeepAlive &&= !serving.isDraining;
    onRequest(request, response);
  });
  serving.start();
  return {
    url: baseUrl + MCP_PATH,
    adminUrl: urlOf(admin, adminAddress.host),
    outlived: serving.outlived,
    stop: async () => {
      await serving.stop();
      await untilUnused(server, CLOSE_GRACE_MS);
      await closeServer(server, CLOSE_GRACE_MS);
      await closeServer(admin, 0);
    },
  };
}

function createHttpServer({ callSeconds }: ProxyConfig['limits'], senderMs: number): Server {
  return createServer({
    headersTimeout: senderMs,
    // A body waits for its server to take more input, which may be as long as a call.
    requestTimeout: toMilliseconds(callSeconds) + 2 * senderMs,
    connectionsCheckingInterval: senderMs / 10,
    maxHeaderSize: HEADER_BYTES,
  });
}

/** In the local run the names of the cluster lead to loopback addresses. */
function ownHosts(baseUrl: string, addressMap = AddressMap.empty()): (host: string) => boolean {
  const ownAddress = new URL(baseUrl).host;
  // A Host header leaves the scheme's own port out; the map never does.
  return (host) => addressMap.find(/:\d+$/.test(host) ? host : `${host}:80`) === ownAddress;
}

async function createAuthentication(
  { server, assertionKeys: keysFile }: ProxyConfig, logger: Logger,
): Promise<AuthenticateCaller | undefined> {
  return keysFile === undefined ? undefined
    : createCallerAuthenticator(await AssertionVerifier.create({ server, keysFile, logger }));
}
