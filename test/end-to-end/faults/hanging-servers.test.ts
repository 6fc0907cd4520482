import { expect, it } from 'vitest';
import { lastMessage } from '../../../runtime/src/testing/raw-client';
import { describeConnectors, Pod } from '../../support/faults/pod';
import { eventually } from '../../support/processes';

const INITIALIZE = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };

/** Two graces of two seconds each, and what a busy machine adds. */
const GRACES_MS = 8000;

async function elapsed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

describeConnectors('a server that hangs', (connector) => {
  it.concurrent.for(['hang', 'half a line'])('at its start (%s) is given up, and its process ended', async (behaviour, { onTestFinished }) => {
    const pod = await Pod.start(connector, { limits: { startSeconds: 1 } }, onTestFinished);
    const other = await pod.session();
    pod.atStart(behaviour);
    const client = pod.client();
    const response = await client.post(client.request('initialize', INITIALIZE));
    expect(response.status).toBe(504);
    expect((await lastMessage(response)).error).toMatchObject({
      code: -32001, message: 'The server did not answer initialize within 1 s',
    });
    await pod.untilReady(503);
    expect(await other.callForText('echo', { text: 'not affected' })).toBe('not affected');
    pod.atStart(undefined);
    await pod.untilReady();
    await other.delete();
    await pod.untilNoServerProcess();
  });

  it.concurrent('in a call: the call fails, the server is told, and the session goes on', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, { limits: { callSeconds: 0.5 } }, onTestFinished);
    const client = await pod.session();
    const call = client.toolCall('hang');
    expect((await lastMessage(await client.post(call))).error).toEqual({
      code: -32001, message: 'The server did not answer within 0.5 s',
    });
    await eventually('the server was told', () => pod.notes.includes(`cancelled ${call.id}`));
    expect(await client.callForText('echo', { text: 'next' })).toBe('next');
    expect(await pod.metric('mcp_tool_errors_total{server="faulty",tool="hang",error_type="timeout"}')).toBe(1);
    expect(await pod.readiness()).toBe(200);
  });

  it.concurrent('with all it has, in a pool, is ended, and others go on in another process', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, { isolation: 'shared', limits: { callSeconds: 1, startSeconds: 2 } }, onTestFinished);
    const [client, other] = await Promise.all([pod.session(), pod.session()]);
    expect((await client.call('spin')).error?.code).toBe(-32001);
    const pid = await eventually('another process answers', async () => {
      const { result } = await other.call('pid');
      return result === undefined ? undefined : Number((result.content as { text: string }[])[0]!.text);
    });
    await eventually('the one that hangs is gone', () => pod.serverProcesses().map((each) => each.pid).join() === `${pid}`);
  });
});

describeConnectors('a server that ignores the end of its input and SIGTERM', (connector) => {
  it.concurrent('is gone within the graces when its session ends', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const client = await pod.session();
    await client.callForText('ignore the end');
    expect(await elapsed(() => client.delete())).toBeLessThan(GRACES_MS);
    await pod.untilNoServerProcess();
    expect(pod.notes).toEqual(['EOF', 'SIGTERM']);
    await pod.untilNoZombie();
  });

  it.concurrent('and is too busy to see any of it is, too', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const client = await pod.session();
    const spinning = client.call('spin');
    await eventually('it spins', () => pod.notes.includes('spinning'));
    expect(await elapsed(() => client.delete())).toBeLessThan(GRACES_MS);
    expect((await spinning).error?.message).toBe('The client has ended the session');
    await pod.untilNoServerProcess();
  });

  it.concurrent('is gone within the graces when the pod ends, and so are the programs', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const clients = await Promise.all([pod.session(), pod.session(), pod.session()]);
    await Promise.all(clients.map((client) => client.callForText('ignore the end')));
    expect(await elapsed(() => pod.stop())).toBeLessThan(GRACES_MS);
    expect(pod.serverProcesses()).toEqual([]);
    expect(await pod.proxy.exited).toBe(0);
    expect(pod.notes.filter((note) => note === 'SIGTERM')).toHaveLength(3);
  });

  it.concurrent('is gone when it has never served anybody but the probe', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    pod.atStart('ignore the end');
    // A session that cannot begin makes the proxy ask again.
    const client = await pod.session();
    expect(await elapsed(() => pod.stop())).toBeLessThan(GRACES_MS);
    expect(pod.serverProcesses()).toEqual([]);
    await expect(client.call('pid')).rejects.toThrow();
  });
});
