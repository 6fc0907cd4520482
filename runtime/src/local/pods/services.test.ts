import { describe, expect, test } from 'vitest';
import { Manifests } from '../manifests/manifests';
import { writeManifests } from '../testing/write-manifests';
import { connectToLines, serviceMap, type Endpoint, type ServiceMap } from './services';

const POD: Endpoint = {
  id: 'core/files',
  namespace: 'core',
  labels: { app: 'files', role: 'server' },
  namedPorts: new Map([['mcp', 8080], ['debug', 6060]]),
  ports: new Map([[8080, '127.0.0.1:20001'], [9090, '127.0.0.1:20002']]),
};

function serviceOf(spec: string): ServiceMap {
  const directory = writeManifests(`
apiVersion: v1
kind: Service
metadata: {name: files, namespace: core}
spec: ${spec}
`);
  return serviceMap(Manifests.read(directory), [POD]);
}

describe('a Service port leads to', () => {
  test.each([
    ['the targetPort', '{port: 80, targetPort: 8080}', 80, '127.0.0.1:20001'],
    ['the same port by default', '{port: 9090}', 9090, '127.0.0.1:20002'],
    ['the port that a container names', '{port: 80, targetPort: mcp}', 80, '127.0.0.1:20001'],
  ])('%s', (_name, ports, port, address) => {
    expect(serviceOf(`{selector: {app: files}, ports: [${ports}]}`))
      .toEqual({ ports: [{ namespace: 'core', service: 'files', port, address }], warnings: [] });
  });

  test('the same port of a headless Service', () => {
    const { ports } = serviceOf('{clusterIP: None, selector: {app: files, role: server}, ports: [{port: 8080}]}');
    expect(ports).toHaveLength(1);
  });
});

describe('a Service leads nowhere, and it is said why,', () => {
  test.each([
    ['when nobody listens on its targetPort', '{selector: {app: files}, ports: [{port: 8080, targetPort: 8081}]}',
      /port 8080, leads nowhere: core\/files does not listen on 8081 by its configuration, but on: 8080, 9090/],
    ['when a named port is declared and nobody listens on it', '{selector: {app: files}, ports: [{port: 80, targetPort: debug}]}',
      /does not listen on 6060/],
    ['when no container names its targetPort', '{selector: {app: files}, ports: [{port: 80, targetPort: http}]}',
      /no container of core\/files names a port 'http'/],
    ['when its selector matches only in part', '{selector: {app: files, tier: core}, ports: [{port: 8080}]}',
      /selects no pod that runs here/],
    ['when it has no selector', '{ports: [{port: 8080}]}', /selects no pod that runs here/],
    ['when it is headless and its port is another than the pod\'s',
      '{clusterIP: None, selector: {app: files}, ports: [{port: 80, targetPort: 8080}]}',
      /headless, so clients reach the pods on 80 and not on the targetPort 8080/],
  ])('%s', (_name, spec, message) => {
    const { ports, warnings } = serviceOf(spec);
    expect(ports).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(message)]);
  });

  test('when the pod is in another namespace', () => {
    const directory = writeManifests(
      'apiVersion: v1\nkind: Service\nmetadata: {name: files, namespace: other}\nspec: {selector: {app: files}, ports: [{port: 8080}]}');
    expect(serviceMap(Manifests.read(directory), [POD]).warnings).toHaveLength(1);
  });
});

test('programs know a Service by its names in the cluster, and by its bare name in its own namespace', () => {
  const ports = [{ namespace: 'core', service: 'files', port: 80, address: '127.0.0.1:20001' }];
  expect(connectToLines(ports, 'mcp-system')).toBe([
    'files.core.svc.cluster.local:80=127.0.0.1:20001',
    'files.core.svc:80=127.0.0.1:20001',
    'files.core:80=127.0.0.1:20001',
    '',
  ].join('\n'));
  expect(connectToLines(ports, 'core')).toContain('\nfiles:80=127.0.0.1:20001\n');
});
