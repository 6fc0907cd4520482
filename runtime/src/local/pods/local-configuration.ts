import { gatewayConfigSchema, type GatewayConfig } from '../../../../lib/contract/gateway-config';
import { proxyConfigSchema, type ProxyConfig } from '../../../../lib/contract/proxy-config';
import { registryConfigSchema, type RegistryConfig } from '../../../../lib/contract/registry-config';

/** The configuration schema of each program. */
export const CONFIG_SCHEMAS = {
  proxy: proxyConfigSchema,
  gateway: gatewayConfigSchema,
  registry: registryConfigSchema,
} as const;

export type ProgramConfig = ProxyConfig | GatewayConfig | RegistryConfig;

/** What stands in for the cluster's addresses, and for what only a cluster has. */
export interface LocalReplacements {
  /** `host:port` for each port of the container. */
  readonly ports: ReadonlyMap<number, string>;
  readonly publicUrl: string;
  readonly issuer: string;
  /** What a proxy starts in place of its server. */
  readonly serverCommand?: string;
}

export interface LocalConfiguration {
  readonly config: ProgramConfig;
  /** Each change, in words for the person who runs the fleet. */
  readonly changes: readonly string[];
}

/** Everything that a local run changes in a program's configuration; nothing else differs from the cluster. */
export function localConfiguration(config: ProgramConfig, local: LocalReplacements): LocalConfiguration {
  const changes: string[] = [];
  const changed = (what: string, from: string, to: string): string => {
    changes.push(`${what} ${from} → ${to}`);
    return to;
  };
  const listeners = {
    listen: changed('listen', config.listen, local.ports.get(portOf(config.listen))!),
    admin: changed('admin', config.admin, local.ports.get(portOf(config.admin))!),
  };
  if (!('publicUrl' in config)) {
    return { config: { ...config, ...listeners, ...serverOf(config, local, changes) }, changes };
  }
  const { issuers } = config.authentication;
  const identity = {
    publicUrl: changed('publicUrl', config.publicUrl, local.publicUrl),
    authentication: {
      ...config.authentication,
      issuers: [{
        issuer: changed('issuers', issuers.map(({ issuer }) => issuer).join(', '), local.issuer),
        groupsClaim: 'groups',
      }],
    },
  };
  const result = { ...config, ...listeners, ...identity };
  if ('tls' in result && result.tls !== undefined) {
    changes.push('tls dropped: plain HTTP on this machine');
    delete result.tls;
  }
  return { config: result, changes };
}

/** What a proxy starts, and how long it goes on when the fleet is to end. */
function serverOf(
  { connector, limits }: ProxyConfig, { serverCommand }: LocalReplacements, changes: string[],
): Pick<ProxyConfig, 'connector' | 'limits'> {
  if (limits.lagSeconds > 0) {
    changes.push(`lagSeconds ${limits.lagSeconds} → 0`);
  }
  // On this machine nobody learns late that the proxy is to end.
  const shared = { limits: { ...limits, lagSeconds: 0 } };
  if (serverCommand === undefined) {
    return { ...shared, connector };
  }
  changes.push(`connector ${connector.type} → child, which starts ${serverCommand}`
    + (connector.type === 'in-pod' ? ' as your user, and bounds neither memory nor tasks' : ''));
  return { ...shared, connector: { type: 'child', command: ['/bin/sh', '-c', serverCommand] } };
}

/** The port of `HOST:PORT`, which the schemas have checked. */
export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** `AUTH_ISSUER` wins over the configuration's issuers, so it changes with them. */
export function localEnvironment(
  environment: Readonly<Record<string, string>>, { issuer }: Pick<LocalReplacements, 'issuer'>,
): { environment: Readonly<Record<string, string>>; changes: readonly string[] } {
  const { AUTH_ISSUER: original } = environment;
  return original === undefined
    ? { environment, changes: [] }
    : { environment: { ...environment, AUTH_ISSUER: issuer }, changes: [`AUTH_ISSUER ${original} → ${issuer}`] };
}
