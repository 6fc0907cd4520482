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

/** What stands in for the cluster's addresses. */
export interface LocalAddresses {
  /** `host:port` for each port of the container. */
  readonly ports: ReadonlyMap<number, string>;
  readonly publicUrl: string;
  readonly issuer: string;
}

export interface LocalConfiguration {
  readonly config: ProgramConfig;
  /** Each change, in words for the person who runs the fleet. */
  readonly changes: readonly string[];
}

/** Everything that a local run changes in a program's configuration; nothing else differs from the cluster. */
export function localConfiguration(config: ProgramConfig, local: LocalAddresses): LocalConfiguration {
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
    return { config: { ...config, ...listeners }, changes };
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

/** The port of `HOST:PORT`, which the schemas have checked. */
export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** `AUTH_ISSUER` wins over the configuration's issuers, so it changes with them. */
export function localEnvironment(
  environment: Readonly<Record<string, string>>, { issuer }: Pick<LocalAddresses, 'issuer'>,
): { environment: Readonly<Record<string, string>>; changes: readonly string[] } {
  const { AUTH_ISSUER: original } = environment;
  return original === undefined
    ? { environment, changes: [] }
    : { environment: { ...environment, AUTH_ISSUER: issuer }, changes: [`AUTH_ISSUER ${original} → ${issuer}`] };
}
