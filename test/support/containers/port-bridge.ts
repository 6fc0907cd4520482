import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../processes';

const PROGRAM = join(import.meta.dirname, 'port-forwarder.mjs');

/** Ports of containers that have no network but their own loopback, as ports of this machine. */
export class PortBridge {
  /**
   * @param pid a process of the containers
   * @param directory for sockets
   */
  static async start(pid: number, directory: string, ports: readonly number[]): Promise<PortBridge> {
    const sockets = ports.map((port) => join(directory, `${port}.sock`));
    const child = spawn('nsenter', [
      `--net=/proc/${pid}/ns/net`, process.execPath, PROGRAM, ...ports.map((port, i) => `${port}=${sockets[i]}`),
    ], { stdio: ['ignore', 'ignore', 'inherit'] });
    const bridge = new PortBridge(child);
    await eventually('the bridge into the containers is there', () => sockets.every((socket) => existsSync(socket)));
    await Promise.all(ports.map((port, i) => bridge.lead(port, sockets[i]!)));
    return bridge;
  }

  private readonly servers = new Map<number, Server>();

  private constructor(private readonly child: ChildProcess) {}

  /** Where a port of the containers can be reached. */
  url(port: number): string {
    const { port: outside } = this.servers.get(port)!.address() as AddressInfo;
    return `http://127.0.0.1:${outside}`;
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    this.servers.forEach((server) => server.close());
  }

  private async lead(port: number, socket: string): Promise<void> {
    const server = createServer((outside) => {
      const inside = connect(socket);
      outside.pipe(inside).pipe(outside);
      outside.on('close', () => inside.destroySoon()).on('error', () => inside.destroy());
      inside.on('close', () => outside.destroySoon()).on('error', () => outside.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.servers.set(port, server);
  }
}
