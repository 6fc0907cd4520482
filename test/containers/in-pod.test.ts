import { statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SHIM } from '../../lib/contract/shim';
import { RawClient } from '../../runtime/src/testing/raw-client';
import { askingContainer } from '../support/containers/ask-shim';
import { confinementOf } from '../support/containers/confinement';
import { ContainerPod } from '../support/containers/container-pod';
import { STATIC_IMAGE, useImages } from '../support/containers/images';
import { synthesizePod } from '../support/containers/manifest';
import { findContainerTools } from '../support/containers/programs';
import { eventually } from '../support/processes';

/** The proxy serves for the endpoints' lag of 15 s before it ends. */
const WHOLE_END_MS = 60_000;

const NO_CAPABILITIES = Array<string>(5).fill('0000000000000000');

const tools = findContainerTools();

describe.skipIf(tools === undefined)('a server in a container of its own', () => {
  const podman = useImages(tools, STATIC_IMAGE);

  const start = () => ContainerPod.start(podman(), { manifest: synthesizePod(STATIC_IMAGE, { startedAhead: 1 }) });

  test('is confined, and so is its proxy, each as a user of its own', async () => {
    const pod = await start();
    await pod.session();
    const confined = { capabilities: NO_CAPABILITIES, noNewPrivileges: true, isFiltered: true };
    expect(confinementOf(pod.pid('proxy'))).toEqual({
      ...confined, uid: 65532, gid: 65532, groups: [65532], writable: ['/run/cdk8s-mcp', '/tmp'],
    });
    for (const pid of [pod.pid('server'), ...pod.processes('server').map((process) => process.pid)]) {
      expect(confinementOf(pid)).toEqual({
        ...confined, uid: 65533, gid: 65533, groups: [65532, 65533], writable: ['/run/cdk8s-mcp', '/tmp'],
      });
    }
  });

  test('needs nothing in its image but the server: the shim was put on a volume that it cannot write', async () => {
    const pod = await start();
    expect((await pod.exec('server', ['sh'])).stderr).toContain('not found');
    const { uid, gid, mode } = statSync(`/proc/${pod.pid('server')}/root${SHIM}`);
    expect({ uid, gid, mode: mode & 0o7777 }).toEqual({ uid: 65532, gid: 65532, mode: 0o555 });
  });

  test('has a process for each session and one that is started ahead, and none that has ended', async () => {
    const pod = await start();
    await pod.untilProcesses('server', 1);
    const [first, second] = [await pod.session(), await pod.session()];
    expect(await first.callForText('echo', { text: 'hello' })).toBe('hello');
    expect(await first.callForText('pid')).not.toBe(await second.callForText('pid'));
    await pod.untilProcesses('server', 3);
    await first.callForText('fork', { processes: 5 });
    await pod.untilProcesses('server', 8);
    await first.delete();
    await pod.untilProcesses('server', 2);
    await second.delete();
    await pod.untilProcesses('server', 1);
    expect(pod.processes('proxy')).toEqual([]);
  });

  test('is beside what others start in its container, which is left alone and reaped', async () => {
    const pod = await start();
    await pod.untilProcesses('server', 1);
    const [own] = pod.processes('server');
    expect((await pod.exec('server', ['/server', 'orphan', '3000'])).status).toBe(0);
    await pod.untilProcesses('server', 2);
    const client = await pod.session();
    await client.delete();
    const orphans = pod.processes('server').filter(({ command }) => command.includes('sleep'));
    expect(orphans).toMatchObject([{ parent: pod.pid('server'), isZombie: false }]);
    await eventually('the orphan has ended and is no zombie', () => !pod.processes('server')
      .some(({ pid }) => pid === orphans[0]!.pid));
    expect(own).toBeDefined();
  });

  test('has no process left when its proxy has been killed, and serves the next one', async () => {
    const pod = await start();
    const client = await pod.session();
    await client.callForText('fork', { processes: 2 });
    pod.signal('proxy', 'SIGKILL');
    expect(await pod.exitStatus('proxy')).toBe(137);
    await pod.untilProcesses('server', 0);
    expect(await pod.probe('server', 'readinessProbe')).toBe(1);
    expect(await pod.probe('server', 'livenessProbe')).toBe(0);

    await pod.startContainer('proxy');
    await pod.untilReady();
    expect(await (await pod.session()).callForText('echo', { text: 'again' })).toBe('again');
  });

  test('makes its proxy unready when it has been killed, and ready when it is back', async () => {
    const pod = await start();
    const client = await pod.session();
    pod.signal('server', 'SIGKILL');
    expect(await pod.exitStatus('server')).toBe(137);
    await pod.untilProbe('proxy', 'readinessProbe', false);
    expect(await pod.probe('proxy', 'livenessProbe')).toBe(0);

    await pod.startContainer('server');
    await pod.untilReady();
    expect((await client.post(client.toolCall('pid'))).status).toBe(404);
    expect(await (await pod.session()).callForText('echo', { text: 'again' })).toBe('again');
  });

  test('is started for nobody but the proxy, though others share the volume', async () => {
    const pod = await start();
    await pod.untilProcesses('server', 1);
    const before = pod.processes('server');
    const words = ['start', 'watch', 'health', 'drain'];
    const ask = async (user: number) =>
      (await pod.runBeside(askingContainer(pod.container('proxy'), user, words))).stdout.trim().split('\n')
        .map((line) => JSON.parse(line) as object);

    expect(await ask(65534)).toEqual(words.map(() => ({ refused: 'uid 65534 is not allowed here' })));
    expect(await pod.log('server')).toContain('refused a peer with uid 65534');
    expect(pod.processes('server')).toEqual(before);
    expect(await pod.probe('proxy', 'readinessProbe')).toBe(0);

    const refused = { refused: 'uid 65533 may only ask for health and drain: see --allow-uid' };
    const proxy = pod.container('proxy');
    const { stdout } = await pod.runBeside(askingContainer(proxy, 65533, ['start', 'watch', 'health']));
    expect(stdout.trim().split('\n').map((line) => JSON.parse(line) as object)).toEqual([
      refused, refused, { alive: true, ready: true, draining: false, processes: 1 },
    ]);
  });

  test('ends with its pod in order: calls are answered, then it ends, and the proxy last', async () => {
    const pod = await start();
    const client = await pod.session();
    const call = client.callForText('sleep', { ms: 3000 });
    const preStop = pod.exec('server', pod.container('server').lifecycle!.preStop!.exec!.command);
    await pod.untilProbe('proxy', 'readinessProbe', false);
    const late = new RawClient(pod.url, await pod.newcomer()());
    expect((await late.post(late.request('initialize', {
      protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'late', version: '1' },
    }))).status).toBe(503);
    expect(await call).toBe('slept');
    expect(await client.callForText('echo', { text: 'while endpoints lag' })).toBe('while endpoints lag');

    expect(await preStop).toMatchObject({ status: 0, stderr: '' });
    await eventually('no zombie is left', () => pod.processes('server').every(({ isZombie }) => !isZombie));
    pod.signal('server', 'SIGTERM');
    expect(await pod.exitStatus('server')).toBe(0);
    pod.signal('proxy', 'SIGTERM');
    expect(await pod.exitStatus('proxy')).toBe(0);
  }, WHOLE_END_MS);
});
