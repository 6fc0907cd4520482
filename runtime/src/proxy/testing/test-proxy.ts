import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { onTestFinished, vi } from 'vitest';
import { proxyConfigSchema, type ProxyConfigInput } from '../../../../lib/contract/proxy-config';
import { startProxy, type ProxyOptions, type RunningProxy } from '../proxy';
import { RawClient } from '../../testing/raw-client';

export const FIXTURE = [
  process.execPath, fileURLToPath(new URL('../../../../test/fixtures/stdio-server.mjs', import.meta.url)),
];

type LogLine = Record<string, unknown> & { readonly msg: string };

/** A proxy in this process, what it logs, and the server processes that it starts. */
export interface TestProxy extends RunningProxy {
  readonly log: LogLine[];
  client(): RawClient;
  /** Ids of all processes of the fixture so far: each greets on stderr. */
  pids(): number[];
  /** Value of a series, such as `mcp_sessions_active{server="fixture"}`. */
  metric(series: string): Promise<number | undefined>;
  readiness(): Promise<{ status: number; reason?: string }>;
}

/** Starts a proxy that is stopped when the test is over, and then must have left no process behind. */
export async function startTestProxy(
  config: Partial<ProxyConfigInput> = {}, options: Partial<ProxyOptions> = {},
): Promise<TestProxy> {
  const log: LogLine[] = [];
  const proxy = await startProxy(proxyConfigSchema.parse({
    server: 'fixture',
    listen: '127.0.0.1:0',
    admin: '127.0.0.1:0',
    connector: { type: 'child', command: FIXTURE },
    ...config,
    limits: { drainSeconds: 1, ...config.limits },
  }), {
    logger: pino({ level: 'debug' }, { write: (line: string) => log.push(JSON.parse(line) as LogLine) }),
    ...options,
  });
  const pids = () => log.filter(({ stderr }) => stderr === 'fixture is up').map(({ pid }) => Number(pid));
  let stopping: Promise<void> | undefined;
  const stop = () => stopping ??= proxy.stop();
  onTestFinished(async () => {
    await stop();
    const alive = pids().filter(isAlive);
    if (alive.length > 0) {
      throw new Error(`server processes are left: ${alive.join(', ')}`);
    }
  });
  return {
    ...proxy, log, pids, stop,
    client: () => new RawClient(proxy.url),
    metric: async (series) => {
      const text = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
    readiness: async () => {
      const response = await fetch(`${proxy.adminUrl}/health/ready`);
      return { ...await response.json() as { reason?: string }, status: response.status };
    },
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export async function untilReady(proxy: TestProxy): Promise<void> {
  await vi.waitFor(async () => {
    const { status } = await proxy.readiness();
    if (status !== 200) {
      throw new Error('not ready');
    }
  }, { timeout: 20_000 });
}
