import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import type { ListenAddress } from '../../platform/listen';
import { UsageError } from '../../platform/usage-error';

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

/** @throws UsageError when nobody can listen on an address now: a program that tried would die again and again. */
export async function requireFree({ host, port }: ListenAddress): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(code === 'EADDRINUSE'
      ? `${host}:${port} is in use: choose another --listen, or end what listens there`
      : `cannot listen on ${host}:${port} (${code}): choose an address of this machine with --listen`);
  }
  await new Promise((resolve) => server.close(resolve));
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
