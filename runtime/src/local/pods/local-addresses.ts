import { ROLE } from '../../../../lib/contract/labels';
import { parseListenAddress } from '../../platform/listen';
import { freePorts, requireFree } from '../supervisor/free-ports';
import type { PreparedContainer } from './prepare-container';
import { roleOf } from './role';

/** A container, and where each of its ports is on this machine. */
export interface LocalContainer extends PreparedContainer {
  /** `host:port` on this machine by the container's port. */
  readonly ports: ReadonlyMap<number, string>;
}

/**
 * Gives each port of each container, and the identity provider, a free one on 127.0.0.1.
 *
 * @param gatewayListen `HOST:PORT` for the gateway's MCP endpoint instead
 * @throws UsageError when nobody can listen there.
 */
export async function assignAddresses(
  containers: readonly PreparedContainer[], gatewayListen: string | undefined,
): Promise<{ identityProvider: string; containers: LocalContainer[] }> {
  if (gatewayListen !== undefined) {
    await requireFree(parseListenAddress(gatewayListen));
  }
  const count = containers.reduce((sum, { listensOn }) => sum + listensOn.length, 1);
  const addresses = (await freePorts(count)).map((port) => `127.0.0.1:${port}`);
  const identityProvider = addresses.pop()!;
  return {
    identityProvider,
    containers: containers.map((container) => {
      const ports = new Map(container.listensOn.map((port) => [port, addresses.pop()!]));
      const [endpoint] = container.listensOn;
      if (gatewayListen !== undefined && roleOf(container) === ROLE.GATEWAY) {
        ports.set(endpoint!, withPort(gatewayListen, ports.get(endpoint!)!));
      }
      return { ...container, ports };
    }),
  };
}

/** The port 0 asks for a free one, and the configuration has to name it. */
function withPort(listen: string, free: string): string {
  const { port } = parseListenAddress(listen);
  return port === 0 ? listen.replace(/0$/, String(parseListenAddress(free).port)) : listen;
}

/** The URL by which programs on this machine reach an address, also one that listens on all interfaces. */
export function urlOf(address: string): string {
  const { host, port } = parseListenAddress(address);
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
