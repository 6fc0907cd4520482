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
  readonly roots: string;
  readonly assertionKeys?: string;
  /** Program and arguments of the server. */
  readonly command: readonly string[];
}

/** @throws UsageError saying what is wrong with the arguments, or with the file that they name. */
export function configFromArguments(args: ProxyArguments): ProxyConfig {
  const config = args.config === undefined ? configFromOptions(args) : configFromFile(args.config, args);
  if (config.assertionKeys === undefined) {
    checkWithoutKeys(config);
  }
  return config;
}

function configFromFile(file: string, { listen, command, assertionKeys }: ProxyArguments): ProxyConfig {
  if (listen !== undefined || command.length > 0 || assertionKeys !== undefined) {
    throw new UsageError('give either --config FILE, or --listen HOST:PORT -- CMD ARG…, not both');
  }
  return loadConfigFile(file, proxyConfigSchema);
}

function configFromOptions(args: ProxyArguments): ProxyConfig {
  if (args.listen === undefined || args.command.length === 0) {
    throw new UsageError('say what to serve: --config FILE, or --listen HOST:PORT -- CMD ARG…');
  }
  return checkConfig({
    server: args.name,
    listen: args.listen,
    admin: args.admin,
    isolation: args.isolation,
    roots: args.roots,
    assertionKeys: args.assertionKeys,
    connector: { type: 'child', command: args.command },
  }, proxyConfigSchema, 'the command line');
}

/** A proxy that does not check who its callers are serves this machine only, and can keep nobody apart by who it is. */
function checkWithoutKeys({ listen, admin, isolation }: ProxyConfig): void {
  for (const address of [listen, admin]) {
    if (!isLoopback(parseListenAddress(address).host)) {
      throw new UsageError(`${address} is no loopback address, and a proxy without assertion keys does not check who `
        + 'its callers are: listen on 127.0.0.1, or give the keys of the gateways that may call (--assertion-keys FILE, '
        + 'made by cdk8s-mcp keys init)');
    }
  }
  if (isolation === 'principal') {
    throw new UsageError('isolation principal needs to know who calls: give the keys of the gateways that may call '
      + '(--assertion-keys FILE, made by cdk8s-mcp keys init), or choose session or shared');
  }
}
