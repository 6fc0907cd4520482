import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../platform/usage-error';
import { CannotRun } from '../cannot-run';
import { StateDirectory } from '../state-directory';
import { testPod } from '../testing/pod';
import { temporaryDirectory } from '../testing/write-manifests';
import { materializeVolumes, type MaterializedVolumes } from './materialize';

function materialize(spec: Parameters<typeof testPod>[0], state = StateDirectory.open(temporaryDirectory())) {
  const { pod, references } = testPod(spec);
  return materializeVolumes(pod, pod.containers[0]!.spec, references, state);
}

function mounted(volume: string, mount = ''): MaterializedVolumes {
  return materialize({
    container: `volumeMounts: [{name: v, mountPath: /etc/app${mount}}, {name: data, mountPath: /data}]`,
    pod: `volumes: [{name: v, ${volume}}, {name: data, emptyDir: {}}]`,
  });
}

function pathOf({ mounts }: MaterializedVolumes, mountPath: string): string {
  return mounts.find((mount) => mount.mountPath === mountPath)!.localPath;
}

describe('volumes become directories', () => {
  test('ConfigMaps, with the paths in their texts rewritten', () => {
    const volumes = mounted('configMap: {name: settings}');
    const file = join(pathOf(volumes, '/etc/app'), 'app.yaml');
    expect(readFileSync(file, 'utf8')).toBe(`files: ${pathOf(volumes, '/data')}/x\n`);
    expect(volumes.relocation.rewrite('/etc/app/app.yaml')).toBe(file);
  });

  test('Secrets, for their owner only', () => {
    const file = join(pathOf(mounted('secret: {secretName: password}'), '/etc/app'), 'token');
    expect(readFileSync(file, 'utf8')).toBe('s3cret');
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  test('selected and renamed entries, and several sources in one', () => {
    const volumes = mounted(
      'projected: {sources: [{configMap: {name: settings, items: [{key: greeting, path: a/b}]}}, {secret: {name: password}}]}');
    const directory = pathOf(volumes, '/etc/app');
    expect(readFileSync(join(directory, 'a/b'), 'utf8')).toBe('hello');
    expect(existsSync(join(directory, 'token'))).toBe(true);
    expect(existsSync(join(directory, 'app.yaml'))).toBe(false);
  });

  test('a single file, by its subPath', () => {
    const volumes = mounted('configMap: {name: settings}', '/app.yaml, subPath: app.yaml');
    expect(existsSync(pathOf(volumes, '/etc/app/app.yaml'))).toBe(true);
  });

  test('nothing, where something optional is missing', () => {
    expect(existsSync(pathOf(mounted('secret: {secretName: none, optional: true}'), '/etc/app'))).toBe(true);
  });

  test.each([
    ['Secret', 'secret: {secretName: of-others}'], ['ConfigMap', 'configMap: {name: of-others}'],
  ])('a %s that somebody else makes is an empty directory', (kind, volume) => {
    const volumes = mounted(volume);
    expect(volumes.externalObjects).toEqual([{ kind, name: 'of-others', directory: pathOf(volumes, '/etc/app') }]);
  });
});

describe('claims outlive the run', () => {
  const container = 'volumeMounts: [{name: v, mountPath: /data}]';

  test('of a pod', () => {
    const state = StateDirectory.open(temporaryDirectory());
    const spec = { container, pod: 'volumes: [{name: v, persistentVolumeClaim: {claimName: disk}}]' };
    expect(materialize(spec, state).mounts[0]!.localPath).toBe(join(state.path, 'volumes/n.disk'));
  });

  test('of a StatefulSet, by the name of its first replica', () => {
    const state = StateDirectory.open(temporaryDirectory());
    const spec = { kind: 'StatefulSet', container, spec: 'volumeClaimTemplates: [{metadata: {name: v}}]' };
    expect(materialize(spec, state).mounts[0]!.localPath).toBe(join(state.path, 'volumes/n.v-app-0'));
  });
});

describe('what is wrong', () => {
  test.each([
    ['a missing ConfigMap', 'configMap: {name: none}', /names ConfigMap none/],
    ['a missing key', 'configMap: {name: settings, items: [{key: k, path: p}]}', /names the key 'k' of ConfigMap settings/],
    ['a missing claim', 'persistentVolumeClaim: {claimName: none}', /names PersistentVolumeClaim none/],
    ['a path that leads elsewhere', 'configMap: {name: settings, items: [{key: greeting, path: ../p}]}', /must be a relative path/],
  ])('is a UsageError: %s', (_name, volume, message) => {
    expect(() => mounted(volume)).toThrow(UsageError);
    expect(() => mounted(volume)).toThrow(message);
  });

  test('is a UsageError: a mount of a volume that the pod does not have', () => {
    expect(() => materialize({ container: 'volumeMounts: [{name: v, mountPath: /data}]' }))
      .toThrow(/container c mounts the volume 'v', which the pod does not have/);
  });

  test.each([
    ['hostPath: {path: /}', 'its volume v (hostPath) needs a cluster'],
    ['projected: {sources: [{serviceAccountToken: {path: t}}]}', 'its volume v (serviceAccountToken) needs a cluster'],
  ])('keeps the container from running: %s', (volume, message) => {
    expect(() => mounted(volume)).toThrow(new CannotRun(message));
  });
});
