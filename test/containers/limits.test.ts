import { Size } from 'cdk8s';
import { describe, expect, test } from 'vitest';
import { McpConnector } from '../../lib';
import { ContainerPod } from '../support/containers/container-pod';
import { STATIC_IMAGE, useImages } from '../support/containers/images';
import { synthesizePod } from '../support/containers/manifest';
import { findContainerTools } from '../support/containers/programs';
import { eventually } from '../support/processes';

const tools = findContainerTools();

describe.skipIf(tools === undefined)('limits of a server in a container of its own', () => {
  const podman = useImages(tools, STATIC_IMAGE);

  /** The container must not have been ended as a whole, by the kernel or anybody. */
  const expectAlive = async (pod: ContainerPod) => {
    expect(await pod.inspect('server', 'State.Status', String)).toBe('running');
    expect(await pod.inspect('server', 'State.OOMKilled', String)).toBe('false');
    expect(await pod.inspect('server', 'RestartCount', Number)).toBe(0);
    expect(await pod.probe('server', 'livenessProbe')).toBe(0);
  };

  test('a process that uses too much memory ends alone', async () => {
    const pod = await ContainerPod.start(podman(), {
      manifest: synthesizePod(STATIC_IMAGE, { memoryPerSession: Size.mebibytes(64) }),
    });
    const [greedy, other] = [await pod.session(), await pod.session()];
    const pid = await other.callForText('pid');
    // More than the whole container may have.
    const { error } = await greedy.call('eat', { mebibytes: 2000 });
    expect(error!.message).toMatch(/used \d+ MiB of 64 MiB of memory/);
    expect(await other.callForText('pid')).toBe(pid);
    await expectAlive(pod);
  });

  test('the largest process ends when all together have nearly all of the container\'s memory', async () => {
    const pod = await ContainerPod.start(podman(), {
      manifest: synthesizePod(STATIC_IMAGE, { maxSessions: 8, startedAhead: 0, memoryPerSession: Size.mebibytes(64) }),
    });
    const clients = await Promise.all(Array.from({ length: 8 }, () => pod.session()));
    await Promise.allSettled(clients.map((client, i) => client.call('eat', { mebibytes: 57 + (i === 3 ? 2 : 0) })));
    await eventually('a process is ended', async () =>
      (await pod.log('server')).includes('"reason":"the container was nearly out of memory"'));
    await expectAlive(pod);
    const answers = await Promise.all(clients.map(async (client) => (await client.post(client.toolCall('pid'))).status));
    expect(answers.filter((status) => status === 200).length).toBeGreaterThanOrEqual(6);
  });

  test('a process that forks without end ends alone', async () => {
    const pod = await ContainerPod.start(podman(), {
      manifest: synthesizePod(STATIC_IMAGE, { connector: McpConnector.inPod({ tasksPerSession: 32 }) }),
    });
    const [bomb, other] = [await pod.session(), await pod.session()];
    const pid = await other.callForText('pid');
    const { error } = await bomb.call('fork', { processes: 10_000 });
    expect(error!.message).toMatch(/had \d+ of 32 tasks/);
    // The other session, and one that is started ahead.
    await pod.untilProcesses('server', 2);
    expect(await other.callForText('pid')).toBe(pid);
    await expectAlive(pod);
  });

  test('a process that takes all tasks that the container may have leaves it serving', async () => {
    const pod = await ContainerPod.start(podman(), {
      pidsLimit: 150, manifest: synthesizePod(STATIC_IMAGE, { startedAhead: 0 }),
    });
    const [bomb, other] = [await pod.session(), await pod.session()];
    const pid = await other.callForText('pid');
    // It fails to fork, or dies of it, as the runtime of Go does when it can have no thread.
    const { result, error } = await bomb.call('fork', { processes: 10_000 });
    expect(JSON.stringify(result ?? error)).toMatch(/temporarily unavailable|exit code 2/);
    expect(await other.callForText('pid')).toBe(pid);
    await bomb.delete();
    await pod.untilProcesses('server', 1);
    expect(await (await pod.session()).callForText('echo', { text: 'again' })).toBe('again');
    await expectAlive(pod);
  });
});
