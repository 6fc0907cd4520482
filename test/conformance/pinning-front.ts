import { once } from 'node:events';
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PinningFront {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Stands in front of a proxy as the gateway does and says that every caller is the same one. Everything else passes
 * unchanged, both ways and without delay, the name of the host included: what is checked is what the proxy does.
 *
 * @param headers what says who calls; asked for each request, as it may expire
 */
export async function startPinningFront(
  upstreamPort: number, headers: () => Promise<Record<string, string>>,
): Promise<PinningFront> {
  const server = createServer((incoming, response) => {
    headers().then((more) => forward(upstreamPort, incoming, response, more), () => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(
  port: number, incoming: IncomingMessage, response: ServerResponse, more: Record<string, string>,
): void {
  const { method, url: path, rawHeaders } = incoming;
  const headers = [...rawHeaders, ...Object.entries(more).flat()];
  const upstream = sendRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode!, answer.rawHeaders);
    response.flushHeaders();
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  });
  upstream.once('error', () => response.destroy());
  response.once('close', () => upstream.destroy());
  incoming.pipe(upstream);
}
