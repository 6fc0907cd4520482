import { Agent, buildConnector } from 'undici';
import type { AddressMap } from './address-map';
import { parseListenAddress } from './listen';

export interface HttpAgentOptions extends Omit<Agent.Options, 'connect'> {
  readonly connectTimeoutMs?: number;
}

/** Connections to other programs, kept for the next request. Where to really connect, the address map says. */
export function createHttpAgent(
  addressMap: AddressMap, { connectTimeoutMs, ...options }: HttpAgentOptions = {},
): Agent {
  const connect = buildConnector({ timeout: connectTimeoutMs });
  return new Agent({
    ...options,
    connect: (target, callback) => {
      const port = target.port || (target.protocol === 'https:' ? '443' : '80');
      const instead = addressMap.find(`${target.hostname}:${port}`);
      connect(instead === undefined ? target : { ...target, ...hostAndPort(instead) }, callback);
    },
  });
}

function hostAndPort(address: string): { hostname: string; port: string } {
  const { host, port } = parseListenAddress(address);
  return { hostname: host, port: String(port) };
}
