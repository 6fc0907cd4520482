import { expect, it } from 'vitest';
import { describeConnectors, Pod, type ConnectorType } from '../../support/faults/pod';
import { eventually } from '../../support/processes';

const MARKED = ['a child', 'a child in a session of its own', 'a daemon'];
const KINDS = [...MARKED, 'a daemon without environment'];

/** The proxy knows what its children have started by the environment alone: what has none ends with the container. */
const kindsOf = (connector: ConnectorType) => connector === 'child' ? MARKED : KINDS;

/** A session whose server has started something that lives for a day. */
async function sessionThatForks(pod: Pod, kind: string) {
  const client = await pod.session();
  const server = Number(await client.callForText('fork', { kind }));
  const grandchild = await eventually('the grandchild is there', () =>
    pod.serverProcesses().find(({ command }) => command.startsWith('sleep')));
  return { client, server, grandchild };
}

async function untilNothingIsLeft(pod: Pod): Promise<void> {
  await pod.untilNoServerProcess();
  await pod.untilNoZombie();
}

describeConnectors('a server that starts others', (connector) => {
  it.concurrent.for(kindsOf(connector))('leaves none when its session ends: %s', async (kind, { onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const { client } = await sessionThatForks(pod, kind);
    await client.delete();
    await untilNothingIsLeft(pod);
  });

  it.concurrent.for(kindsOf(connector))('leaves none when it is killed: %s', async (kind, { onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const { client, server } = await sessionThatForks(pod, kind);
    const inFlight = client.call('hang');
    await client.callForText('echo', { text: 'arrived' });
    process.kill(server, 'SIGKILL');
    expect((await inFlight).error?.message).toBe('The server\'s process ended (signal SIGKILL)');
    await untilNothingIsLeft(pod);
  });

  it.concurrent('keeps what belongs to another session', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    const { grandchild } = await sessionThatForks(pod, 'a daemon');
    const other = await pod.session();
    await other.callForText('fork', { kind: 'a daemon' });
    await eventually('both are there', () =>
      pod.serverProcesses().filter(({ command }) => command.startsWith('sleep')).length === 2);
    await other.delete();
    await eventually('one is left', () => pod.serverProcesses()
      .filter(({ command }) => command.startsWith('sleep')).map(({ pid }) => pid).join() === String(grandchild.pid));
  });

  it.concurrent('leaves none when the pod ends', async ({ onTestFinished }) => {
    const pod = await Pod.start(connector, {}, onTestFinished);
    for (const kind of KINDS) {
      await sessionThatForks(pod, kind);
    }
    await pod.stop();
    await pod.untilNoServerProcess();
  });
});

describeConnectors('a server that eats memory', (connector) => {
  if (connector === 'in-pod') {
    it('is ended by the shim, which says why, and nobody else is', async () => {
      const pod = await Pod.start(connector, { shim: ['--memory-per-process', '128Mi'] });
      const [client, other] = await Promise.all([pod.session(), pod.session()]);
      const { error } = await client.call('eat', { mebibytes: 4000 });
      expect(error?.message).toMatch(
        /^The server's process ended \(signal SIGKILL, ended by the shim: used \d+ MiB of 128 MiB of memory\)$/);
      expect(pod.log.filter(({ msg }) => msg === 'server failed')).toMatchObject([
        { reason: expect.stringContaining('of 128 MiB of memory') as string },
      ]);
      expect(await other.callForText('echo', { text: 'lives' })).toBe('lives');
      expect(await (await pod.session()).callForText('eat', { mebibytes: 16 })).toBe('ate 16 MiB');
      expect(await pod.readiness()).toBe(200);
    });
  }

  it('and that the kernel ends for it, as it does with a whole container, leaves the proxy alone', async () => {
    const pod = await Pod.start(connector);
    const [client, other] = await Promise.all([pod.session(), pod.session()]);
    const eating = client.call('eat', { mebibytes: 1_000_000 });
    const eater = await eventually('it eats', () => pod.serverProcesses().find(({ resident }) => resident > 300));
    process.kill(eater.pid, 'SIGKILL');
    expect((await eating).error?.message).toBe('The server\'s process ended (signal SIGKILL)');
    expect(await other.callForText('echo', { text: 'lives' })).toBe('lives');
    await pod.session();
    expect(await pod.readiness()).toBe(200);
  });
});
