import type { Server } from 'node:http';

/** Stops to accept, lets requests in flight finish for so long, then ends what is left of connections. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  clearTimeout(deadline);
}
