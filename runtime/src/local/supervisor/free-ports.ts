import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the ranges from which kernels give ports to outgoing connections (Linux: from 32768 on, others: from 49152 on):
 * a port found free here is not taken by chance before its program listens on it.
 */
const LOWEST = 20_000;
const BEYOND = 32_768;

/** Finds ports on 127.0.0.1 that nobody listens on, each a different one. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(LOWEST, BEYOND);
    if (await isFree(port)) {
      found.add(port);
    }
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
