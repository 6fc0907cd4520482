import { registryConfigSchema } from '../../../lib/contract/registry-config';
import { AddressMap } from '../platform/address-map';
import { loadConfigFile } from '../platform/config-file';
import { issuersFromEnvironment } from '../platform/environment';
import { runUntilSignal } from '../platform/lifecycle';
import { createLogger } from '../platform/logger';
import { startRegistry } from './registry';

export interface RunRegistryOptions {
  /** File with the configuration. */
  readonly config: string;
  /** File with an address map. */
  readonly connectTo?: string;
}

/** Runs the registry until the process is told to stop. */
export async function runRegistry(options: RunRegistryOptions): Promise<void> {
  const fromFile = loadConfigFile(options.config, registryConfigSchema);
  const config = { ...fromFile, authentication: issuersFromEnvironment(fromFile.authentication, process.env) };
  const logger = createLogger('registry');
  const registry = await startRegistry(config, {
    logger,
    addressMap: options.connectTo === undefined ? AddressMap.empty() : AddressMap.fromFile(options.connectTo),
  });
  logger.info({ url: registry.url, adminUrl: registry.adminUrl }, 'listening');
  await runUntilSignal(registry, logger);
}
