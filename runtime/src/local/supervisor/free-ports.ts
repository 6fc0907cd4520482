import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Below the ranges from which kernels give ports to outgoing connections (Linux: from 32768 on, others: from 49152 on):
 * a port found free here is not taken by chance before its program listens on it.
 */
const LOWEST = 20_000;
const BEYOND = 32_768;

/**
 * Ports come in blocks. A block belongs to the process that listens on its first port, until that process ends:
 * fleets that start at the same time, or restart their programs later, never take each other's.
 */
const BLOCK = 32;

/** Finds ports on 127.0.0.1 that nobody listens on, each a different one, and keeps them for this process. */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    found.push(...await claimBlock());
  }
  return found.slice(0, count);
}

async function claimBlock(): Promise<number[]> {
  const first = LOWEST + BLOCK * randomInt(Math.floor((BEYOND - LOWEST) / BLOCK));
  const claim = await listenOn(first);
  if (claim === undefined) {
    return [];
  }
  claim.unref();
  const free: number[] = [];
  for (let port = first + 1; port < first + BLOCK; port++) {
    const probe = await listenOn(port);
    if (probe !== undefined) {
      await new Promise((resolve) => probe.close(resolve));
      free.push(port);
    }
  }
  return free;
}

/** @returns undefined when somebody listens there already */
function listenOn(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
