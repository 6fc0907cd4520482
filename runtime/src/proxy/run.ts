import { AddressMap } from '../platform/address-map';
import { runUntilSignal } from '../platform/lifecycle';
import { createLogger } from '../platform/logger';
import { configFromArguments, type ProxyArguments } from './command-line';
import { startProxy } from './proxy';

export interface RunProxyOptions extends ProxyArguments {
  /** File with an address map. */
  readonly connectTo?: string;
}

/** Runs the proxy until the process is told to stop. */
export async function runProxy(options: RunProxyOptions): Promise<void> {
  const config = configFromArguments(options);
  const logger = createLogger('proxy');
  const proxy = await startProxy(config, {
    logger,
    addressMap: options.connectTo === undefined ? AddressMap.empty() : AddressMap.fromFile(options.connectTo),
  });
  if (config.assertionKeys === undefined) {
    logger.warn('whoever reaches this port may call the server: callers are not authenticated');
  }
  logger.info({ url: proxy.url, adminUrl: proxy.adminUrl }, 'listening');
  await runUntilSignal(proxy, logger);
}
