import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, onTestFinished } from 'vitest';
import type { ProxyConfigInput } from '../../../lib/contract/proxy-config';
import { RawClient } from '../../../runtime/src/testing/raw-client';
import { eventually } from '../processes';
import { shimBinary } from '../shim';
import { allProcesses, type ProcessInfo } from '../proc';
import { Program, type LogLine } from './program';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PROXY = [process.execPath, join(ROOT, 'bin', 'cdk8s-mcp.mjs'), 'proxy'];

export const FAULTY_SERVER = [process.execPath, join(ROOT, 'test', 'fixtures', 'faulty-server.mjs')];
export const TINY_SERVER = ['/bin/sh', join(ROOT, 'test', 'fixtures', 'tiny-server.sh')];

export type ConnectorType = 'child' | 'in-pod';

/** Describes something with each connector that has it. Where the shim cannot be built, its part is skipped. */
export function describeConnectors(
  what: string, tests: (connector: ConnectorType) => void, connectors: readonly ConnectorType[] = ['child', 'in-pod'],
): void {
  for (const connector of connectors) {
    const isMissing = connector === 'in-pod' && shimBinary() === undefined;
    describe.skipIf(isMissing)(`${what}, by the ${connector} connector`, () => tests(connector));
  }
}

export interface PodOptions {
  /** Program and arguments of the server. */
  readonly command?: readonly string[];
  readonly isolation?: ProxyConfigInput['isolation'];
  readonly limits?: ProxyConfigInput['limits'];
  /** Options of the shim, where there is one. */
  readonly shim?: readonly string[];
  /** File descriptors that stdout and stderr of the proxy are, instead of what the tests read. */
  readonly output?: number;
  /** Addresses, where the log cannot tell them. */
  readonly ports?: { readonly listen: number; readonly admin: number };
  readonly env?: NodeJS.ProcessEnv;
}

/** The programs of one pod as processes: the proxy, and by the in-pod connector the shim, as in their containers. */
export class Pod {
  /**
   * Starts a pod. When its test is over it is ended, and must have left nothing behind.
   *
   * @param whenFinished of the test's own context, where tests run at the same time
   */
  static async start(
    connector: ConnectorType, options: PodOptions = {}, whenFinished: typeof onTestFinished = onTestFinished,
  ): Promise<Pod> {
    const pod = new Pod(connector, options);
    whenFinished(() => pod.cleanUp());
    pod.startShim();
    await pod.startProxy();
    await pod.untilReady();
    return pod;
  }

  readonly directory = mkdtempSync(join(tmpdir(), 'faults-'));
  /** Found on everything that a server of this pod starts. */
  private readonly mark = String(randomInt(1e9, 1e10));
  private readonly socket = join(this.directory, 'server.sock');
  private readonly started: Program[] = [];
  private addresses = { url: '', adminUrl: '' };
  proxy!: Program;
  shim: Program | undefined;

  private constructor(private readonly connector: ConnectorType, private readonly options: PodOptions) {}

  /** The proxy's own process. In images whose server is the proxy's child, an init is around it. */
  get proxyPid(): number {
    const inner = allProcesses().find(({ parent, command }) =>
      parent === this.proxy.pid && command.includes(PROXY[1]!));
    return inner?.pid ?? this.proxy.pid;
  }

  /** What proxy and shim log about the server's processes. */
  get log(): LogLine[] {
    return [...this.proxy.log, ...this.shim?.log ?? []];
  }

  startShim(): void {
    if (this.connector === 'in-pod') {
      const { command = FAULTY_SERVER, shim = [] } = this.options;
      this.shim = this.run([shimBinary()!, 'serve', '--socket', this.socket, ...shim, '--', ...command]);
    }
  }

  async startProxy(): Promise<void> {
    const config = join(this.directory, 'proxy.json');
    writeFileSync(config, JSON.stringify(this.config()));
    const argv = [...PROXY, '--config', config];
    const shim = shimBinary();
    this.proxy = this.run(this.connector === 'child' && shim !== undefined ? [shim, 'init', '--', ...argv] : argv);
    const { ports } = this.options;
    if (ports === undefined) {
      const { url, adminUrl } = await this.proxy.untilLogged('listening');
      this.addresses = { url: String(url), adminUrl: String(adminUrl) };
    } else {
      this.addresses = { url: `http://127.0.0.1:${ports.listen}/mcp`, adminUrl: `http://127.0.0.1:${ports.admin}` };
    }
  }

  get url(): string {
    return this.addresses.url;
  }

  client(): RawClient {
    return new RawClient(this.url);
  }

  /** A client that has begun a session. */
  async session(): Promise<RawClient> {
    const client = this.client();
    const { error } = await client.initialize();
    if (error !== undefined) {
      throw new Error(`no session: ${error.message}`);
    }
    return client;
  }

  /** Says what servers do that start from now on, instead of serving. */
  atStart(behaviour: string | undefined): void {
    const file = join(this.directory, 'at-start');
    if (behaviour === undefined) {
      rmSync(file, { force: true });
    } else {
      writeFileSync(file, behaviour);
    }
  }

  /** What servers have noted. */
  get notes(): string[] {
    const file = join(this.directory, 'notes');
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  }

  /** Processes of the server, and all that they have started. */
  serverProcesses(): ProcessInfo[] {
    const own = new Set([...this.started.map(({ pid }) => pid), this.proxyPid]);
    return allProcesses().filter(({ pid, isZombie, command, environment }) =>
      !isZombie && !own.has(pid) && (environment.includes(this.mark) || command.includes(this.mark)));
  }

  /** Whoever has ended must be reaped, soon. */
  async untilNoZombie(): Promise<void> {
    await eventually('no zombie is left', () => this.zombies().length === 0);
  }

  private zombies(): ProcessInfo[] {
    const parents = new Set([...this.started.map(({ pid }) => pid), this.proxyPid]);
    return allProcesses().filter(({ isZombie, parent }) => isZombie && parents.has(parent));
  }

  async untilNoServerProcess(): Promise<void> {
    await eventually('no process of the server is left', () => this.serverProcesses().length === 0);
  }

  /** Value of a series, such as `mcp_sessions_active{server="faulty"}`; 0 where there is none. */
  async metric(series: string): Promise<number> {
    const text = await (await fetch(`${this.addresses.adminUrl}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1) ?? 0);
  }

  async readiness(): Promise<number> {
    const response = await fetch(`${this.addresses.adminUrl}/health/ready`);
    await response.text();
    return response.status;
  }

  async untilReady(status = 200): Promise<void> {
    await eventually(`readiness is ${status}`, async () => await this.readiness().catch(() => 0) === status);
  }

  /** Ends it as Kubernetes does. */
  async stop(): Promise<void> {
    if (this.shim !== undefined) {
      const { status } = await this.preStop();
      if (status !== 0) {
        throw new Error('wait-drained failed');
      }
      this.shim.kill('SIGTERM');
      await this.shim.ended();
    }
    this.proxy.kill('SIGTERM');
    await this.proxy.ended();
  }

  /** What runs in the server's container before it gets SIGTERM. */
  private async preStop(): Promise<{ status: number | string }> {
    const waiting = this.run([shimBinary()!, 'wait-drained', '--socket', this.socket]);
    return { status: await waiting.ended() };
  }

  private run(argv: readonly string[]): Program {
    const output = this.options.output ?? 'pipe';
    const program = Program.start(argv, {
      FAULTS_DIR: this.directory, FAULTS_MARK: this.mark, ...this.options.env,
    }, ['ignore', this.options.output ?? 'ignore', output]);
    this.started.push(program);
    return program;
  }

  private config(): ProxyConfigInput {
    const { command = FAULTY_SERVER, isolation, limits, ports } = this.options;
    return {
      server: 'faulty',
      listen: `127.0.0.1:${ports?.listen ?? 0}`,
      admin: `127.0.0.1:${ports?.admin ?? 0}`,
      isolation,
      connector: this.connector === 'child'
        ? { type: 'child', command: [...command] } : { type: 'in-pod', socket: this.socket },
      limits: { drainSeconds: 1, ...limits },
    };
  }

  private async cleanUp(): Promise<void> {
    const running = this.started.filter(({ isRunning }) => isRunning);
    running.forEach((program) => program.kill('SIGTERM'));
    try {
      await Promise.all(running.map((program) => program.ended()));
      await this.untilNoServerProcess();
    } finally {
      this.serverProcesses().forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
      rmSync(this.directory, { recursive: true });
    }
  }
}
