import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ProxyConfigInput } from '../../lib/contract/proxy-config';
import type { Candidate, StartOptions } from './candidate';
import { CLI, ECHO_SERVER, SHIM } from './files';
import { HttpLoad } from './http-load';
import { Program } from './program';
import { temporaryDirectory } from './temporary';

/** The server that readiness asks, and one that is ending while its successor starts. */
const FURTHER_PROCESSES = 2;

export interface ProxyOptions extends StartOptions {
  /** For the proxy's own process. */
  readonly nodeOptions?: readonly string[];
}

/** Our proxy, which starts the echo servers itself. */
export function startProxyWithChildren(options: ProxyOptions): Promise<Candidate> {
  return startProxy({ type: 'child', command: ECHO_SERVER }, options);
}

/** Our proxy and the shim, which starts the echo servers. */
export async function startProxyWithShim(options: ProxyOptions): Promise<Candidate> {
  const socket = join(temporaryDirectory(), 'server.sock');
  const shim = await Program.start([
    SHIM, 'serve', '--socket', socket, '--max-processes', String(processes(options)), '--', ...ECHO_SERVER,
  ], options);
  const candidate = await startProxy({ type: 'in-pod', socket }, options);
  return {
    ...candidate,
    shim,
    stop: async () => {
      await candidate.stop();
      await shim.stop();
    },
  };
}

async function startProxy(connector: ProxyConfigInput['connector'], options: ProxyOptions): Promise<Candidate> {
  const { sessions, spareProcesses = 0, nodeOptions = [] } = options;
  const config: ProxyConfigInput = {
    server: 'echo', listen: '127.0.0.1:0', admin: '127.0.0.1:0', connector,
    limits: { sessions, processes: processes(options), spareProcesses },
  };
  const file = join(temporaryDirectory(), 'proxy.yaml');
  writeFileSync(file, stringify(config));
  const program = await Program.start([process.execPath, ...nodeOptions, CLI, 'proxy', '--config', file], options);
  const target = { url: new URL('/mcp', program.url), headers: {}, hasSessions: true };
  return {
    program,
    target,
    connect: (count) => HttpLoad.connect(target, count),
    stop: () => program.stop(),
  };
}

function processes({ sessions, spareProcesses = 0 }: ProxyOptions): number {
  return sessions + spareProcesses + FURTHER_PROCESSES;
}
