import { createServer } from 'node:http';
import { MCP_PATH } from '../../../lib/contract/paths';
import type { ProxyConfig } from '../../../lib/contract/proxy-config';
import { AddressMap } from '../platform/address-map';
import { startAdminServer } from '../platform/admin-server';
import { closeServer } from '../platform/close-server';
import type { Running } from '../platform/lifecycle';
import { isLoopback, listen, parseListenAddress, urlOf } from '../platform/listen';
import type { Logger } from '../platform/logger';
import { ChildConnector } from './child-connector';
import type { Connector } from './connector';
import { mcpListener } from './endpoint';
import { findPackageProgram } from './npm-package';
import { ProxyMetrics } from './proxy-metrics';
import { Readiness } from './readiness';
import { Sessions } from './sessions';

/**
 * What stands between a client and the proxy often takes a connection for dead that has been silent for a minute;
 * a quarter of that is safe.
 */
const KEEP_ALIVE_MS = 15_000;

/** After the last session has ended, how long its last answers may take to reach their clients. */
const CLOSE_GRACE_MS = 1000;

export interface ProxyOptions {
  readonly logger: Logger;
  /** Names that lead here in the local run, besides those of loopback. */
  readonly addressMap?: AddressMap;
  /** When an answer becomes a stream, and how often a comment shows that it is alive. */
  readonly keepAliveMs?: number;
}

export interface RunningProxy extends Running {
  /** The MCP endpoint. */
  readonly url: string;
  readonly adminUrl: string;
}

/**
 * Serves a stdio server as Streamable HTTP, with a process for each session.
 *
 * @throws UsageError when the server's package is not there, or an address is wrong.
 */
export async function startProxy(config: ProxyConfig, options: ProxyOptions): Promise<RunningProxy> {
  const { limits } = config;
  const logger = options.logger.child({ server: config.server });
  const metrics = new ProxyMetrics(config.server);
  const shared = {
    connector: createConnector(config.connector, logger),
    limits, metrics, logger,
    keepAliveMs: options.keepAliveMs ?? KEEP_ALIVE_MS,
  };
  const readiness = new Readiness(shared);
  const sessions = new Sessions({ ...shared, startObserver: readiness });
  let isStopping = false;

  const adminAddress = parseListenAddress(config.admin);
  const admin = await startAdminServer({
    address: adminAddress,
    metrics: metrics.registry,
    notReadyReason: () => isStopping ? 'the proxy is stopping' : readiness.notReadyReason,
  });
  const address = parseListenAddress(config.listen);
  const server = createServer();
  const baseUrl = await listen(server, address);
  server.on('request', mcpListener({
    ...shared, sessions,
    bodyBytes: limits.bodyBytes,
    isOwnHost: isLoopback(address.host) ? ownHosts(baseUrl, options.addressMap) : undefined,
  }));
  readiness.start();
  return {
    url: baseUrl + MCP_PATH,
    adminUrl: urlOf(admin, adminAddress.host),
    stop: async () => {
      isStopping = true;
      await Promise.all([sessions.stop(limits.drainSeconds), readiness.stop()]);
      await closeServer(server, CLOSE_GRACE_MS);
      await closeServer(admin, 0);
    },
  };
}

/** In the local run the names of the cluster lead to loopback addresses. */
function ownHosts(baseUrl: string, addressMap = AddressMap.empty()): (host: string) => boolean {
  const ownAddress = new URL(baseUrl).host;
  // A Host header leaves the scheme's own port out; the map never does.
  return (host) => addressMap.find(/:\d+$/.test(host) ? host : `${host}:80`) === ownAddress;
}

function createConnector(config: ProxyConfig['connector'], logger: Logger): Connector {
  const { npm, command } = config;
  if (npm === undefined) {
    return new ChildConnector(command!, logger);
  }
  const program = findPackageProgram(npm.package, npm.version, process.cwd());
  return new ChildConnector([process.execPath, program, ...npm.args], logger);
}
