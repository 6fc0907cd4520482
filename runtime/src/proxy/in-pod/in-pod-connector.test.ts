import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { shimBinary } from '../../../../test/support/shim';
import { FIXTURE, startTestProxy, untilReady } from '../testing/test-proxy';
import { InPodConnector } from './in-pod-connector';

const SHIM = shimBinary();
const SILENT = pino({ level: 'silent' });

/** A folder as the volume that both containers see, and shims in it, one after another. */
class Pod {
  readonly socket: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'cdk8s-mcp-pod-'));
  private readonly shims: ChildProcess[] = [];

  constructor() {
    this.socket = join(this.folder, 'server.sock');
    onTestFinished(async () => {
      await Promise.all(this.shims.map((shim) => this.kill(shim)));
      rmSync(this.folder, { recursive: true });
    });
  }

  startShim(command: readonly string[] = FIXTURE, ...options: string[]): ChildProcess {
    const shim = spawn(SHIM!, ['serve', '--socket', this.socket, '--grace-seconds', '0.3', ...options, '--', ...command],
      { stdio: ['ignore', 'ignore', 'ignore'] });
    this.shims.push(shim);
    return shim;
  }

  async kill(shim: ChildProcess): Promise<void> {
    if (shim.exitCode === null && shim.signalCode === null) {
      shim.kill('SIGKILL');
      await once(shim, 'exit');
    }
  }

  /** Runs a command of the shim, such as a probe. */
  async command(...args: string[]): Promise<number | null> {
    const child = spawn(SHIM!, [args[0]!, '--socket', this.socket, ...args.slice(1)], { stdio: 'ignore' });
    const [code] = await once(child, 'exit') as [number | null];
    return code;
  }

  async connector() {
    const events: string[] = [];
    const connector = new InPodConnector(this.socket, SILENT);
    connector.listen({
      onAvailable: () => events.push('available'),
      onUnavailable: (reason) => events.push(reason),
      onDraining: () => events.push('draining'),
    });
    onTestFinished(() => connector.stop());
    await vi.waitFor(() => expect(events).toEqual(['available']), { timeout: 5000 });
    return { connector, events };
  }
}

const GREETER = [process.execPath, '-e', 'process.stdin.pipe(process.stdout)'];

describe.skipIf(SHIM === undefined)('InPodConnector', () => {
  it('starts a process for each connection, and tells how it ended', async () => {
    const pod = new Pod();
    pod.startShim([process.execPath, '-e', 'console.log("first bytes"); process.stdin.on("data", () => process.exit(3))']);
    const { connector } = await pod.connector();
    const connection = await connector.open();
    const [chunk] = await once(connection.output, 'data') as [Buffer];
    expect(chunk.toString()).toBe('first bytes\n');
    connection.input.write('now\n');
    expect(await connection.closed).toBe('exit code 3');
  });

  it('ends a process that does not care for the end of its input by signals of the shim', async () => {
    const pod = new Pod();
    pod.startShim([process.execPath, '-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")']);
    const { connector } = await pod.connector();
    const connection = await connector.open();
    await once(connection.output, 'data');
    await connection.close(1000);
    expect(await connection.closed).toMatch(/^signal SIGKILL, ended by the shim: /);
  });

  it('tells why a process cannot be started', async () => {
    const pod = new Pod();
    pod.startShim(['/no/such/program']);
    const { connector } = await pod.connector();
    const connection = await connector.open();
    connection.output.resume();
    expect(await connection.closed).toMatch(/cannot be started: .*no such file/);
  });

  it('is refused when there are too many processes', async () => {
    const pod = new Pod();
    pod.startShim(GREETER, '--max-processes', '1');
    const { connector } = await pod.connector();
    await connector.open();
    await expect(connector.open()).rejects.toThrow(/refused/);
  });

  it('follows the container: gone, there again, about to end', async () => {
    const pod = new Pod();
    const shim = pod.startShim(GREETER);
    const { connector, events } = await pod.connector();
    const connection = await connector.open();
    connection.output.resume();
    await pod.kill(shim);
    expect(await connection.closed).toBe('the server\'s container has stopped');
    await expect(connector.open()).rejects.toThrow();
    pod.startShim(GREETER);
    await vi.waitFor(() => expect(events).toEqual(['available', 'the server\'s container has stopped', 'available']),
      { timeout: 5000 });
    const draining = pod.command('wait-drained');
    await vi.waitFor(() => expect(events.at(-1)).toBe('draining'));
    connector.reportDrained();
    expect(await draining).toBe(0);
  });
});

describe.skipIf(SHIM === undefined)('a proxy in a pod', () => {
  it('is ready when the server has answered, and not while its container is away', async () => {
    const pod = new Pod();
    const proxy = await startTestProxy({ connector: { type: 'in-pod', socket: pod.socket } });
    expect((await proxy.readiness()).status).toBe(503);
    const shim = pod.startShim();
    await untilReady(proxy);
    await vi.waitFor(async () => expect(await pod.command('probe', 'ready')).toBe(0));
    const client = proxy.client();
    await client.initialize();
    await pod.kill(shim);
    await vi.waitFor(async () => expect(await proxy.readiness())
      .toEqual({ status: 503, reason: 'the server\'s container has stopped' }));
    await vi.waitFor(async () => expect((await client.post(client.request('ping'))).status).toBe(404));
    pod.startShim();
    await untilReady(proxy);
    const next = proxy.client();
    await next.initialize();
    expect(await next.callForText('echo', { text: 'again' })).toBe('again');
  });

  it('drains when the pod is told to end: calls go on for a while, sessions do not begin', async () => {
    const pod = new Pod();
    pod.startShim();
    const proxy = await startTestProxy({
      connector: { type: 'in-pod', socket: pod.socket }, limits: { lagSeconds: 1, drainSeconds: 20 },
    });
    await untilReady(proxy);
    const [busy, idle] = [proxy.client(), proxy.client()];
    await busy.initialize();
    await idle.initialize();
    const call = busy.callForText('sleep', { ms: 2000 });
    const drained = pod.command('wait-drained');
    await vi.waitFor(async () => expect(await proxy.readiness()).toEqual({ status: 503, reason: 'the proxy is stopping' }));
    expect(await idle.callForText('echo', { text: 'late' })).toBe('late');
    const late = proxy.client();
    expect((await late.post(late.request('initialize', {}))).status).toBe(503);
    await vi.waitFor(async () => expect((await idle.post(idle.request('ping'))).status).toBe(404), { timeout: 5000 });
    expect(await call).toBe('slept 2000 ms');
    expect(await drained).toBe(0);
  });

  it('is outlived by a container that starts again after it has drained', async () => {
    const pod = new Pod();
    const shim = pod.startShim();
    const proxy = await startTestProxy({ connector: { type: 'in-pod', socket: pod.socket } });
    await untilReady(proxy);
    expect(await pod.command('wait-drained')).toBe(0);
    await pod.kill(shim);
    pod.startShim();
    await proxy.outlived;
  });
});
