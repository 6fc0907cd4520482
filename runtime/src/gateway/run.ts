import { gatewayConfigSchema } from '../../../lib/contract/gateway-config';
import { AddressMap } from '../platform/address-map';
import { loadConfigFile } from '../platform/config-file';
import { issuersFromEnvironment, registryUrlFromEnvironment } from '../platform/environment';
import { runUntilSignal } from '../platform/lifecycle';
import { createLogger } from '../platform/logger';
import { startGateway } from './gateway';

export interface RunGatewayOptions {
  /** File with the configuration. */
  readonly config: string;
  /** File with an address map. */
  readonly connectTo?: string;
}

/** Runs the gateway until the process is told to stop. */
export async function runGateway(options: RunGatewayOptions): Promise<void> {
  const fromFile = loadConfigFile(options.config, gatewayConfigSchema);
  const config = {
    ...fromFile,
    authentication: issuersFromEnvironment(fromFile.authentication, process.env),
    registryUrl: registryUrlFromEnvironment(fromFile.registryUrl, process.env),
  };
  const logger = createLogger('gateway');
  const gateway = await startGateway(config, {
    logger,
    addressMap: options.connectTo === undefined ? AddressMap.empty() : AddressMap.fromFile(options.connectTo),
  });
  logger.info({ url: gateway.url, adminUrl: gateway.adminUrl }, 'listening');
  await runUntilSignal(gateway, logger);
}
