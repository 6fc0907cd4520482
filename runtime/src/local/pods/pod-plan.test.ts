import { describe, expect, test } from 'vitest';
import { UsageError } from '../../platform/usage-error';
import { Manifests } from '../manifests/manifests';
import { writeManifests } from '../testing/write-manifests';
import { planFleet } from './pod-plan';

const FIXTURE = 'test/fixtures/manifests/local-fleet';

function plan(podSpec: string, commands: Record<string, string> = {}, replicas = '') {
  const directory = writeManifests(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: n}
spec: {${replicas} template: {metadata: {labels: {cdk8s-mcp.dev/server: crm}}, spec: ${podSpec}}}
`);
  return planFleet(Manifests.read(directory), new Map(Object.entries(commands)));
}

test('programs of ours run as themselves, and each workload once', () => {
  const { pods, notRun } = planFleet(Manifests.read(FIXTURE), new Map());
  expect(pods.map(({ id, replicas, containers }) => [id, replicas, containers[0]!.run])).toMatchObject([
    ['mcp-system/mcp-gateway', 3, { kind: 'program', program: 'gateway', configPath: '/etc/cdk8s-mcp/config/gateway.yaml' }],
    ['mcp-system/mcp-registry', 1, { kind: 'program', program: 'registry', configPath: '/etc/cdk8s-mcp/config/registry.yaml' }],
    ['core/notes', 1, { kind: 'program', program: 'proxy', configPath: '/etc/cdk8s-mcp/config/proxy.yaml' }],
    ['core/echo', 2, { kind: 'program', program: 'proxy', configPath: '/etc/cdk8s-mcp/config/proxy.yaml' }],
  ]);
  expect(notRun).toEqual([{
    id: 'core/crm',
    why: 'images do not run locally (registry.example.com/crm:1.2.3); give --command crm=\'…\' with a command that listens on 127.0.0.1:$PORT',
  }]);
});

describe('a container is a program of ours', () => {
  test.each([
    ['without a command', '{args: [gateway, --config, f]}', true],
    ['with our command', '{command: [cdk8s-mcp], args: [gateway, --config, f]}', true],
    ['not with another command', '{command: [other], args: [gateway, --config, f]}', false],
    ['not as another program', '{args: [postgres, --config, f]}', false],
    ['not without a configuration', '{args: [gateway]}', false],
  ])('%s', (_name, container, ours) => {
    const { pods } = plan(`{containers: [${container.replace('{', '{name: c, ')}]}`);
    expect(pods.map((pod) => pod.containers[0]!.run.kind)).toEqual(ours ? ['program'] : []);
  });
});

describe('an image', () => {
  test.each(['crm', 'app'])('runs by a command for %s', (name) => {
    const { pods, notRun } = plan('{containers: [{name: c, image: i}]}', { [name]: 'node server.js' });
    expect(pods[0]!.containers[0]!.run).toEqual({ kind: 'command', commandLine: 'node server.js' });
    expect(notRun).toEqual([]);
  });

  test('runs by a command in the main container only', () => {
    const { pods, notRun } = plan('{containers: [{name: c, image: i}, {name: d, image: j}]}', { crm: 'x' });
    expect(pods[0]!.containers.map(({ spec }) => spec.name)).toEqual(['c']);
    expect(notRun).toEqual([{ id: 'n/app, container d', why: 'images do not run locally (j)' }]);
  });
});

test('sidecars run before the main container, and init containers that end do not run', () => {
  const sidecar = '{name: p, restartPolicy: Always, args: [proxy, --config, f]}';
  const { pods, notRun } = plan(`{initContainers: [{name: i}, ${sidecar}], containers: [{name: c}]}`, { crm: 'x' });
  expect(pods[0]!.containers.map(({ spec }) => spec.name)).toEqual(['p', 'c']);
  expect(notRun).toEqual([{ id: 'n/app, init container i', why: 'init containers do not run locally' }]);
});

describe('a server that the shim starts', () => {
  const pod = `{
    initContainers: [
      {name: shim, image: ours, command: [/usr/local/bin/cdk8s-mcp-shim, install, /opt/cdk8s-mcp/cdk8s-mcp-shim]},
      {name: proxy, image: ours, restartPolicy: Always, args: [proxy, --config, f], volumeMounts: [
        {name: proxy-tmp, mountPath: /tmp}, {name: config, mountPath: /etc/config}, {name: sockets, mountPath: /run/cdk8s-mcp}]},
      {name: logs, image: l, restartPolicy: Always},
    ],
    containers: [{name: server, image: i, command: [/opt/cdk8s-mcp/cdk8s-mcp-shim, serve], env: [{name: A, value: b}], volumeMounts: [
      {name: tmp, mountPath: /tmp}, {name: shim, mountPath: /opt/cdk8s-mcp}, {name: sockets, mountPath: /run/cdk8s-mcp},
      {name: data, mountPath: /data}]}],
  }`;

  test('is started by the proxy, with the environment and the volumes of its container', () => {
    const { pods, notRun } = plan(pod, { crm: 'python server.py' });
    expect(pods[0]!.containers).toMatchObject([{
      run: { kind: 'program', program: 'proxy', configPath: 'f', serverCommand: 'python server.py' },
      spec: { name: 'proxy', env: [{ name: 'A', value: 'b' }] },
    }]);
    expect(pods[0]!.containers[0]!.spec.volumeMounts.map(({ name }) => name)).toEqual(['tmp', 'data', 'config']);
    expect(notRun).toEqual([{ id: 'n/app, container logs', why: 'images do not run locally (l)' }]);
  });

  test('does not run without a command, and its proxy neither', () => {
    const { pods, notRun } = plan(pod);
    expect(pods).toEqual([]);
    expect(notRun).toEqual([{
      id: 'n/app',
      why: 'images do not run locally (i); give --command crm=\'…\' with a command that talks over stdin and stdout',
    }]);
  });
});

test('a proxy that starts its server itself starts the command that is given for it', () => {
  const { pods } = plan('{containers: [{name: c, args: [proxy, --config, f]}]}', { app: 'node server.js' });
  expect(pods[0]!.containers[0]!.run).toMatchObject({ kind: 'program', serverCommand: 'node server.js' });
});

test('what is scaled to nothing does not run', () => {
  const { pods, notRun } = plan('{containers: [{name: c, args: [proxy, --config, f]}]}', {}, 'replicas: 0,');
  expect(pods).toEqual([]);
  expect(notRun).toEqual([{ id: 'n/app', why: 'it is scaled to 0 replicas' }]);
});

test('a command for nobody is a UsageError', () => {
  const planned = (): unknown => planFleet(Manifests.read(FIXTURE), new Map([['crn', 'x']]));
  expect(planned).toThrow(UsageError);
  expect(planned).toThrow('--command crn=… is for no workload: there are mcp-gateway, mcp-registry, notes');
});
