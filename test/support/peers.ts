import { join } from 'node:path';

/** What people use today instead of our proxy. */
export const PEERS = ['supergateway', 'mcp-proxy'] as const;

export type Peer = typeof PEERS[number];

/** What is measured is measured in these versions. Both run on every Node that we support. */
export const PEER_VERSIONS: Readonly<Record<Peer, string>> = { 'supergateway': '4.0.0', 'mcp-proxy': '6.7.19' };

export type PeerCommand = (port: number, server: readonly string[]) => string[];

/**
 * How to start each peer as it does best: with sessions, and with the server's own revision where it can find that out.
 *
 * @param node to run it
 * @param modules the `node_modules` where it is installed
 */
export function peerCommands(node: string, modules: string): Readonly<Record<Peer, PeerCommand>> {
  return {
    'supergateway': (port, server) => [
      node, join(modules, '.bin', 'supergateway'), '--stdio', server.map((word) => `'${word}'`).join(' '),
      '--outputTransport', 'streamableHttp', '--stateful', '--port', String(port),
    ],
    'mcp-proxy': (port, server) => [
      node, join(modules, '.bin', 'mcp-proxy'), '--port', String(port), '--host', '127.0.0.1', '--server', 'stream',
      '--upstreamProtocol', 'auto', '--', ...server,
    ],
  };
}
