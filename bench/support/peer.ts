import { join } from 'node:path';
import { peerCommands, type Peer } from '../../test/support/peers';
import type { Candidate, StartOptions } from './candidate';
import { ECHO_SERVER, TOOLS } from './files';
import { HttpLoad } from './http-load';
import { Program } from './program';

/** What people use today, by the same Node as ours. */
export async function startPeer(peer: Peer, options: StartOptions): Promise<Candidate> {
  const command = peerCommands(process.execPath, join(TOOLS, 'node_modules'))[peer];
  const program = await Program.startOnPort((port) => command(port, ECHO_SERVER), options);
  const target = { url: new URL('/mcp', program.url), headers: {}, hasSessions: true };
  return {
    program,
    target,
    connect: (sessions) => HttpLoad.connect(target, sessions),
    stop: () => program.stop(),
  };
}
