import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from './usage-error';

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Parses `HOST:PORT`; an IPv6 host stands in brackets.
 *
 * @throws UsageError when it is neither.
 */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !(port <= 65535)) {
    throw new UsageError(`cannot listen on '${text}': write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080`);
  }
  return { host, port };
}

/** Whether only programs on this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Starts to listen.
 *
 * @returns the base URL, with the port that the kernel gave when 0 was asked for
 * @throws UsageError when the address is taken or not allowed.
 */
export async function listen(server: Server, address: ListenAddress, scheme = 'http'): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new UsageError(`cannot listen on ${address.host}:${address.port}: ${error.code ?? error.message}`));
    });
    server.listen(address.port, address.host, resolve);
  });
  server.removeAllListeners('error');
  return urlOf(server, address.host, scheme);
}

/** Base URL of a server that listens on a host. */
export function urlOf(server: Server, host: string, scheme = 'http'): string {
  const { port } = server.address() as AddressInfo;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
