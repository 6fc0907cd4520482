import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeConnectors, FAULTY_SERVER, Pod } from '../../support/faults/pod';
import { freePort } from '../../support/ports';

/** Mounts a volume of 1 MiB that nobody else sees, and runs the server with it. */
const WITH_VOLUME = ['unshare', '-m', 'sh', '-c',
  'mkdir -p "$FAULTS_DIR/volume" && mount -t tmpfs -o size=1m faults "$FAULTS_DIR/volume" && exec "$@"', 'sh', ...FAULTY_SERVER];

/** Root may, in most sandboxes. */
const mayMount = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0;

describeConnectors('a full volume', (connector) => {
  it('of the server is its own matter', async () => {
    const pod = await Pod.start(connector, { command: mayMount ? WITH_VOLUME : FAULTY_SERVER });
    const client = await pod.session();
    const path = mayMount ? join(pod.directory, 'volume', 'file') : '/dev/full';
    expect(await client.callForText('fill', { path })).toBe('ENOSPC');
    expect(await client.callForText('echo', { text: 'goes on' })).toBe('goes on');
    expect(await (await pod.session()).callForText('echo', { text: 'another' })).toBe('another');
    expect(await pod.readiness()).toBe(200);
    await pod.stop();
  });

  it('where the log goes does not keep the programs from serving, nor from ending', async () => {
    const [listen, admin] = [await freePort(), await freePort()];
    const pod = await Pod.start(connector, { output: openSync('/dev/full', 'w'), ports: { listen, admin } });
    const client = await pod.session();
    for (let round = 0; round < 5; round++) {
      expect((await client.call('exit', { code: 1 })).error?.message).toContain('exit code 1');
      client.sessionId = undefined;
      await client.initialize();
    }
    if (connector === 'child') {
      // In a pod the server's stderr is full, too, and what that means to it is its own matter.
      expect(await client.callForText('flood', { kind: 'stderr', bytes: 1000 })).toBe('flooded');
    }
    expect(await client.callForText('flood', { kind: 'noise', bytes: 1000 })).toBe('flooded');
    expect(await client.callForText('echo', { text: 'goes on' })).toBe('goes on');
    expect(await pod.readiness()).toBe(200);
    await pod.stop();
    expect(await pod.proxy.exited).toBe(0);
  });
});
