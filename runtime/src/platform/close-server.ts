import type { Server } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Stops to accept, lets requests in flight finish for so long, then ends what is left of connections. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  clearTimeout(deadline);
}

/** How often connections are counted. */
const POLL_MS = 20;

/** Waits until nobody has a connection to a server any more, for so long at most. */
export async function untilUnused(server: Server, patienceMs: number): Promise<void> {
  const end = performance.now() + patienceMs;
  while (performance.now() < end && await connectionsOf(server) > 0) {
    await delay(POLL_MS);
  }
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => error === null ? resolve(count) : reject(error));
  });
}
