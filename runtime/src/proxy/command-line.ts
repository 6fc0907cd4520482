import { proxyConfigSchema, type ProxyConfig } from '../../../lib/contract/proxy-config';
import { checkConfig, loadConfigFile } from '../platform/config-file';
import { isLoopback, parseListenAddress } from '../platform/listen';
import { UsageError } from '../platform/usage-error';

/** What the command line says: a configuration file, or a server to start and where to listen. */
export interface ProxyArguments {
  readonly config?: string;
  readonly listen?: string;
  readonly admin: string;
  readonly name: string;
  readonly isolation: string;
  /** Program and arguments of the server. */
  readonly command: readonly string[];
}

/** @throws UsageError saying what is wrong with the arguments, or with the file that they name. */
export function configFromArguments(args: ProxyArguments): ProxyConfig {
  if (args.config !== undefined) {
    if (args.listen !== undefined || args.command.length > 0) {
      throw new UsageError('give either --config FILE, or --listen HOST:PORT -- CMD ARG…, not both');
    }
    return loadConfigFile(args.config, proxyConfigSchema);
  }
  if (args.listen === undefined || args.command.length === 0) {
    throw new UsageError('say what to serve: --config FILE, or --listen HOST:PORT -- CMD ARG…');
  }
  checkLoopback('--listen', args.listen);
  checkLoopback('--admin', args.admin);
  return checkConfig({
    server: args.name,
    listen: args.listen,
    admin: args.admin,
    isolation: args.isolation,
    connector: { type: 'child', command: args.command },
  }, proxyConfigSchema, 'the command line');
}

function checkLoopback(option: string, address: string): void {
  if (!isLoopback(parseListenAddress(address).host)) {
    throw new UsageError(`${option} ${address} is no loopback address: a proxy that does not check who its callers are `
      + 'serves this machine only, so listen on 127.0.0.1');
  }
}
