import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Logger } from '../platform/logger';
import type { Connection, Connector, ConnectorListener } from './connector';
import { killLeftOvers, PROCESS_VARIABLE } from './left-overs';
import { ServerStderr } from './server-stderr';
import { settlesWithin } from './timing';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** After a process has ended, how long what it left in its pipes may take to be read. */
const PIPE_DRAIN_MS = 1000;

/** Process groups of the children that run. Whatever ends this process must end them. */
const groups = new Set<number>();
process.on('exit', () => groups.forEach((group) => signalGroup(group, 'SIGKILL')));

/** Starts the server as a child of this process, with its environment and working directory. */
export class ChildConnector implements Connector {
  /** @param argv program and arguments; no shell is between */
  constructor(private readonly argv: readonly string[], private readonly logger: Logger) {}

  /** Where this process runs, children can be started. */
  listen(listener: ConnectorListener): void {
    listener.onAvailable(true);
  }

  reportReady(): void {
    // Children have no container of their own that is probed.
  }

  reportDrained(): void {
    // What waits for it is this process alone.
  }

  stop(): void {
    // Children end with their connections.
  }

  async open(): Promise<Connection> {
    const [program, ...args] = this.argv;
    const mark = randomUUID();
    const env = { ...process.env, [PROCESS_VARIABLE]: mark };
    // A process group of its own: a Ctrl-C for the proxy must not end calls that are being drained,
    // and what the server itself starts can be ended with it.
    const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env });
    await once(child, 'spawn');
    return new ChildConnection(child, mark, new ServerStderr(child.stderr, child.pid!, this.logger));
  }
}

class ChildConnection implements Connection {
  readonly name: string;
  readonly closed: Promise<string>;
  private readonly pid: number;
  private closing: Promise<void> | undefined;

  constructor(private readonly child: Child, private readonly mark: string, private readonly stderr: ServerStderr) {
    this.pid = child.pid!;
    this.name = `process ${this.pid}`;
    groups.add(this.pid);
    this.closed = this.untilClosed();
  }

  get input(): Writable {
    return this.child.stdin;
  }

  get output(): Readable {
    return this.child.stdout;
  }

  close(graceMs: number): Promise<void> {
    this.closing ??= this.endInOrder(graceMs);
    return this.closing;
  }

  /** The order of 2025-11-25, Lifecycle, Shutdown, stdio: close its input, SIGTERM, SIGKILL. */
  private async endInOrder(graceMs: number): Promise<void> {
    // Nobody reads any more what it still writes; a full pipe must not keep it from ending.
    this.child.stdout.resume();
    this.stderr.hasten();
    this.child.stdin.end();
    if (!await settlesWithin(this.closed, graceMs)) {
      signalGroup(this.pid, 'SIGTERM');
      if (!await settlesWithin(this.closed, graceMs)) {
        signalGroup(this.pid, 'SIGKILL');
      }
    }
    await this.closed;
  }

  private async untilClosed(): Promise<string> {
    const { child } = this;
    return new Promise((resolve) => {
      let pipeTimer: NodeJS.Timeout | undefined;
      child.once('exit', () => {
        // Whatever the server started and left behind would hold its pipes open.
        signalGroup(this.pid, 'SIGKILL');
        groups.delete(this.pid);
        pipeTimer = setTimeout(() => {
          child.stdout.destroy();
          child.stderr.destroy();
        }, PIPE_DRAIN_MS);
      });
      child.once('close', (code, signal) => {
        clearTimeout(pipeTimer);
        const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
        void killLeftOvers(this.mark).finally(() => resolve(how));
      });
    });
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch {
    // Nothing of the group is left.
  }
}
