import { expect, it } from 'vitest';
import { allMessages } from '../../../runtime/src/testing/raw-client';
import { heapOf, INSPECTED } from '../../support/faults/heap';
import { LeanClient } from '../../support/faults/lean-client';
import { describeConnectors, Pod, TINY_SERVER, type PodOptions } from '../../support/faults/pod';
import { descriptorsOf, residentOf } from '../../support/proc';
import { eventually } from '../../support/processes';

/** With FAULTS_FULL=1 each of 10,000 sessions has a process of its own, too, which takes minutes. */
const IS_FULL = process.env.FAULTS_FULL === '1';

const AT_ONCE = 16;

/** How much more may be used after it all than before, in MiB. A leak of 400 bytes a session is more. */
const SLACK = { heap: 4, proxy: 24, shim: 2 };

interface Usage {
  /** Of the proxy, after its garbage has been collected. */
  readonly heap: number;
  readonly proxy: { readonly descriptors: number; readonly resident: number };
  readonly shim: { readonly descriptors: number; readonly resident: number } | undefined;
}

async function usageOf({ proxy, proxyPid, shim }: Pod): Promise<Usage> {
  const of = (pid: number) => ({ descriptors: descriptorsOf(pid), resident: residentOf(pid) });
  const heap = await heapOf(proxy);
  return { heap, proxy: of(proxyPid), shim: shim === undefined ? undefined : of(shim.pid) };
}

/** Figures are worth reading when they are good, too. */
function report(figures: object): void {
  process.stderr.write(`${expect.getState().currentTestName}: ${JSON.stringify(figures)}\n`);
}

/** Opens and closes sessions, some at once, each with a call. */
async function churn(client: LeanClient, sessions: number): Promise<void> {
  let left = sessions;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) {
      const session = await client.initialize();
      await client.call(session, 'pid');
      await client.end(session);
    }
  }));
}

/** The same connections, and no more processes than before. */
async function settled(pod: Pod, processes: number): Promise<Usage> {
  await eventually('only what was there before is left', () => pod.serverProcesses().length === processes);
  expect(await pod.metric('mcp_sessions_active{server="faulty"}')).toBe(0);
  await pod.untilNoZombie();
  return usageOf(pod);
}

function expectNoGrowth(before: Usage, after: Usage): void {
  expect(after.heap).toBeLessThan(before.heap + SLACK.heap);
  expect(after.proxy.resident).toBeLessThan(before.proxy.resident + SLACK.proxy);
  expect(after.shim?.descriptors).toBe(before.shim?.descriptors);
  expect(after.shim?.resident ?? 0).toBeLessThan((before.shim?.resident ?? 0) + SLACK.shim);
}

async function churnLeavesNothing(pod: Pod, sessions: number, warmUp: number): Promise<void> {
  const client = new LeanClient(pod.url, AT_ONCE);
  await churn(client, warmUp);
  const processes = pod.serverProcesses().length;
  const before = await settled(pod, processes);
  await churn(client, sessions);
  // Connections of tests that ask for metrics come and go, too.
  await eventually('as many descriptors are open', () => descriptorsOf(pod.proxyPid) <= before.proxy.descriptors);
  const after = await settled(pod, processes);
  report({ sessions, before, after });
  expectNoGrowth(before, after);
  await client.close();
}

describeConnectors('sessions that come and go', (connector) => {
  const start = (options: PodOptions) => Pod.start(connector, { command: TINY_SERVER, env: INSPECTED, ...options });

  it('leave nothing after 10,000 of them in a shared process', async () => {
    await churnLeavesNothing(await start({ isolation: 'shared' }), 10_000, 1000);
  }, 240_000);

  it('leave nothing after some hundreds with a process each', async () => {
    await churnLeavesNothing(await start({}), 500, 200);
  }, 120_000);

  if (IS_FULL) {
    it('leave nothing after 10,000 with a process each', async () => {
      await churnLeavesNothing(await start({}), 10_000, 1000);
    }, 1_200_000);
  }
});

describeConnectors('a thousand sessions at once that share a process', (connector) => {
  it('each with a stream, all call and all are answered', async () => {
    const sessions = 1000;
    const pod = await Pod.start(connector, {
      isolation: 'shared', limits: { sessions, queuedCalls: 2 * sessions }, env: INSPECTED,
    });
    const first = await pod.session();
    await first.delete();
    const before = await usageOf(pod);
    const clients = await Promise.all(Array.from({ length: sessions }, () => pod.session()));
    const streams = await Promise.all(clients.map((client) => client.get()));
    expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
    const start = performance.now();
    const answers = await Promise.all(clients.map((client, number) => client.callForText('echo', { text: `${number}` })));
    report({ milliseconds: Math.round(performance.now() - start), before, after: await usageOf(pod) });
    expect(answers).toEqual(clients.map((_, number) => `${number}`));
    expect(await pod.metric('mcp_sessions_active{server="faulty"}')).toBe(sessions);
    expect(pod.serverProcesses()).toHaveLength(1);
    expect((await pod.client().initialize()).error?.message).toBe('The server has all the sessions it can hold');
    await Promise.all(clients.map((client) => client.delete()));
    for (const stream of streams) {
      expect(await allMessages(stream)).toEqual([]);
    }
    expect(await pod.metric('mcp_sessions_active{server="faulty"}')).toBe(0);
  }, 120_000);
});
