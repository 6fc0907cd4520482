import { expect, it } from 'vitest';
import type { RawClient } from '../../../runtime/src/testing/raw-client';
import { describeConnectors, Pod } from '../../support/faults/pod';
import { eventually } from '../../support/processes';

/** The end of the container and of its processes is seen in any order. */
async function untilOver(client: RawClient): Promise<void> {
  await eventually('the session is over', async () => (await client.post(client.request('ping'))).status === 404);
}

describeConnectors('a proxy that is killed', (connector) => {
  it.concurrent('leaves nothing of the server, and another serves at once', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const clients = await Promise.all([pod.session(), pod.session()]);
    const stubborn = await pod.session();
    await stubborn.callForText('ignore the end');
    const calls = clients.map((client) => client.call('hang').catch((error: unknown) => error));
    const before = pod.serverProcesses().map(({ pid }) => pid);
    process.kill(pod.proxyPid, 'SIGKILL');
    await pod.proxy.ended();
    await Promise.all(calls);
    await pod.startProxy();
    await pod.untilReady();
    expect(await (await pod.session()).callForText('echo', { text: 'served' })).toBe('served');
    await eventually('nothing of before is left', () => !pod.serverProcesses().some(({ pid }) => before.includes(pid)));
    expect(pod.serverProcesses()).toHaveLength(1);
    await pod.untilNoZombie();
  });

  it.concurrent('again and again leaves the shim as it was', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, { isolation: 'shared' }, onTestFinished);
    for (let round = 0; round < 5; round++) {
      await (await pod.session()).callForText('pid');
      process.kill(pod.proxyPid, 'SIGKILL');
      await pod.proxy.ended();
      await pod.startProxy();
      await pod.untilReady();
    }
    await eventually('the pool alone is left', () => pod.serverProcesses().length <= 1);
    await pod.stop();
    expect(pod.serverProcesses()).toEqual([]);
  });
});

describeConnectors('a server\'s container', (connector) => {
  it('that is killed makes the proxy wait for the next one', async () => {
    const pod = await Pod.start(connector);
    const client = await pod.session();
    const inFlight = client.call('hang');
    await client.callForText('echo', { text: 'arrived' });
    pod.shim!.kill('SIGKILL');
    expect((await inFlight).error).toMatchObject({ code: -32603 });
    await pod.untilReady(503);
    await untilOver(client);
    const refused = await pod.client().initialize();
    expect(refused.error?.code).toBeLessThan(0);
    pod.startShim();
    await pod.untilReady();
    expect(await (await pod.session()).callForText('echo', { text: 'back' })).toBe('back');
  });

  it('that comes after the proxy, and goes and comes again, is used as soon as it is there', async () => {
    const pod = await Pod.start(connector);
    for (let round = 0; round < 3; round++) {
      const client = await pod.session();
      pod.shim!.kill('SIGKILL');
      await pod.shim!.ended();
      await pod.untilReady(503);
      await untilOver(client);
      pod.startShim();
      await pod.untilReady();
    }
    await pod.session();
    expect(await pod.metric('mcp_sessions_active{server="faulty"}')).toBe(1);
    expect(await pod.metric('mcp_server_processes{server="faulty",state="running"}')).toBe(1);
  });
}, ['in-pod']);
