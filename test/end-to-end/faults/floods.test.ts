import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { allMessages, textOf, type RawClient } from '../../../runtime/src/testing/raw-client';
import { describeConnectors, Pod, type ConnectorType } from '../../support/faults/pod';
import { residentOf } from '../../support/proc';
import { eventually } from '../../support/processes';

const MEBIBYTE = 1024 * 1024;

/** What a flood may make the proxy hold, in MiB, and how long another session may wait then, in ms. */
const MOST_HELD = 160;
const MOST_WAIT = 2000;

/** What a flood that a server writes may make the proxy log, in bytes. */
const MOST_LOGGED = 4 * MEBIBYTE;

/** How long others are watched. */
const WATCH_MS = 1500;

const ENDLESS = Number.MAX_SAFE_INTEGER;

interface Watched {
  /** Of calls in another session, sorted, in ms. */
  readonly latencies: readonly number[];
  /** The most that the proxy held beyond what it did before, in MiB. */
  readonly held: number;
}

/** Calls in another session for some time, and watches what the proxy holds. */
async function watchOthers(pod: Pod, other: RawClient): Promise<Watched> {
  const latencies: number[] = [];
  let most = 0;
  const end = performance.now() + WATCH_MS;
  for (let call = 0; performance.now() < end; call++) {
    const start = performance.now();
    expect(await other.callForText('echo', { text: `${call}` })).toBe(`${call}`);
    latencies.push(performance.now() - start);
    most = Math.max(most, residentOf(pod.proxyPid));
  }
  return { latencies: latencies.sort((a, b) => a - b), held: most };
}

/** Two sessions, one of which has a server that floods. */
async function flooded(connector: ConnectorType, kind: string, readsStream: boolean) {
  const pod = await Pod.start(connector);
  const [client, other] = await Promise.all([pod.session(), pod.session()]);
  await other.callForText('echo', { text: 'warm' });
  const before = residentOf(pod.proxyPid);
  const stream = readsStream ? drain(await client.get()) : undefined;
  const flooding = client.call('flood', { kind, bytes: ENDLESS });
  const { latencies, held } = await watchOthers(pod, other);
  report({
    kind, calls: latencies.length, p50: latencies[latencies.length >> 1], worst: latencies.at(-1), held: held - before,
    logged: pod.proxy.logged,
  });
  return { pod, client, stream, flooding, worst: latencies.at(-1)!, held: held - before };
}

function report(figures: object): void {
  const rounded = JSON.stringify(figures, (_, value: unknown) => typeof value === 'number' ? Math.round(value) : value);
  process.stderr.write(`${expect.getState().currentTestName}: ${rounded}\n`);
}

async function drain(response: Response): Promise<void> {
  const reader = response.body!.getReader();
  while (!(await reader.read()).done);
}

describeConnectors('a server that floods', (connector) => {
  it.each([
    ['noise', false], ['empty lines', false], ['answers', false], ['an endless line', false],
    ['notifications', false], ['notifications', true],
  ] as const)('its stdout with %s (to a client that reads them: %s) is no matter to others', async (kind, reads) => {
    const { pod, client, flooding, stream, worst, held } = await flooded(connector, kind, reads);
    expect(worst).toBeLessThan(MOST_WAIT);
    expect(held).toBeLessThan(MOST_HELD);
    expect(pod.proxy.logged).toBeLessThan(MOST_LOGGED);
    // The flood ends with its session, in spite of it.
    await client.delete();
    await Promise.all([flooding, stream]);
    await eventually('its process is gone', () => pod.serverProcesses().length === 1);
  });

  it('its stderr does not fill the log of the proxy, nor make others wait', async () => {
    const { pod, client, flooding, worst, held } = await flooded(connector, 'stderr', false);
    expect(worst).toBeLessThan(MOST_WAIT);
    expect(held).toBeLessThan(MOST_HELD);
    expect(pod.proxy.logged).toBeLessThan(MOST_LOGGED);
    await client.delete();
    await flooding;
  });

  it('in a pool that others share lets them have their answers', async () => {
    const pod = await Pod.start(connector, { isolation: 'shared', limits: { poolProcesses: 2 } });
    const [client, other] = await Promise.all([pod.session(), pod.session()]);
    const flooding = client.call('flood', { kind: 'noise', bytes: 32 * MEBIBYTE });
    const { latencies } = await watchOthers(pod, other);
    expect(latencies.at(-1)).toBeLessThan(2 * MOST_WAIT);
    expect(textOf(await flooding)).toBe('flooded');
  });
});

describeConnectors('a client that does not read', (connector) => {
  it('huge answers holds up nobody else, and does not fill the proxy with them', async () => {
    const pod = await Pod.start(connector);
    const [client, other] = await Promise.all([pod.session(), pod.session()]);
    const before = residentOf(pod.proxyPid);
    const { hostname, port } = new URL(pod.url);
    const sockets = Array.from({ length: 20 }, (_, id) => {
      const body = JSON.stringify(
        { jsonrpc: '2.0', id: `huge-${id}`, method: 'tools/call', params: { name: 'large', arguments: { bytes: 8 * MEBIBYTE } } });
      // It never reads: its window fills, and what remains waits in the proxy.
      const socket = connect({ host: hostname, port: Number(port) }).pause();
      socket.write(`POST /mcp HTTP/1.1\r\nhost: ${hostname}:${port}\r\nmcp-session-id: ${client.sessionId}\r\n`
        + 'content-type: application/json\r\naccept: application/json, text/event-stream\r\n'
        + `content-length: ${body.length}\r\n\r\n${body}`);
      return socket;
    });
    const answered = 'mcp_server_operation_duration_seconds_count{server="faulty",mcp_method_name="tools/call"}';
    // Those that follow may have to wait for the client.
    await eventually('the first has been answered', async () => await pod.metric(answered) >= 1);
    const { latencies, held } = await watchOthers(pod, other);
    report({ worst: latencies.at(-1), held: held - before });
    expect(latencies.at(-1)).toBeLessThan(MOST_WAIT);
    expect(held - before).toBeLessThan(MOST_HELD);
    sockets.forEach((socket) => socket.resetAndDestroy());
    expect(await client.callForText('echo', { text: 'goes on' })).toBe('goes on');
    expect(await pod.readiness()).toBe(200);
  });

  it('a stream, and then does, gets all of it', async () => {
    const pod = await Pod.start(connector);
    const client = await pod.session();
    const call = await client.post(client.toolCall('flood', { kind: 'notifications', bytes: 16 * MEBIBYTE }));
    const other = await pod.session();
    await watchOthers(pod, other);
    const messages = await allMessages(call);
    expect(messages.at(-1)?.result).toBeDefined();
    expect(messages.length).toBeGreaterThan(16 * MEBIBYTE / 400);
  });
});
