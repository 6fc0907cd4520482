import { App, Duration, JsonPatch, Size, Testing } from 'cdk8s';
import { Cpu } from 'cdk8s-plus-28';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  GatewayAuth, McpConnector, McpFleet, McpNamespace, McpServer, McpSource, McpTier, McpTransport, McpVolume, Peer,
  type McpServerProps,
} from '../../lib';
import { proxyConfigSchema } from '../../lib/contract/proxy-config';
import { LIBRARY_VERSION } from '../../lib/workload/version';
import type { KubeObject } from '../support/examples';
import type { Container, PodSpec } from '../support/manifest-checks/pods';

const CRM = McpSource.oci(`registry.example.com/crm@sha256:${'0'.repeat(64)}`);
const source = McpSource.npm('some-server', '1.0.0');

function newFleet(): McpFleet {
  return new McpFleet(new App(), 'fleet', {
    host: 'mcp.example.com',
    auth: GatewayAuth.oidc({ issuer: 'https://auth.example.com', egress: [Peer.pods('auth', { app: 'keycloak' }, 8443)] }),
  });
}

function objectsOf(namespace: McpNamespace): KubeObject[] {
  return Testing.synth(namespace) as KubeObject[];
}

function find(objects: KubeObject[], kind: string, name: string): KubeObject {
  return objects.find((object) => object.kind === kind && object.metadata.name === name)
    ?? expect.fail(`there is no ${kind} ${name}`);
}

test('a server with a persistent volume is a StatefulSet of one pod', () => {
  const team = new McpNamespace(newFleet(), 'team', { tier: McpTier.UTILITY });
  new McpServer(team, 'files', { source, volumes: [McpVolume.persistent('/data', Size.gibibytes(1), { storageClass: 'fast' })] });
  const { spec } = find(objectsOf(team), 'StatefulSet', 'files');
  expect(spec).toMatchObject({
    replicas: 1,
    serviceName: 'files',
    volumeClaimTemplates: [{
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '1Gi' } } },
    }],
  });
});

test('another version or tier of a server changes nothing in its volume claims, which nothing can change', () => {
  const claims = (version: string, tier: McpTier) => {
    const team = new McpNamespace(newFleet(), 'team', { tier });
    new McpServer(team, 'files', {
      source: McpSource.npm('some-server', version, { image: `registry.example.com/files@sha256:${'0'.repeat(64)}` }),
      volumes: [McpVolume.persistent('/data', Size.gibibytes(1))],
    });
    return (find(objectsOf(team), 'StatefulSet', 'files').spec as { volumeClaimTemplates: unknown }).volumeClaimTemplates;
  };
  expect(claims('1.0.0', McpTier.UTILITY)).toEqual(claims('2.0.0', McpTier.CORE));
});

test.each([
  ['/config', 'config'],
  [`/${'a'.repeat(62)}/b`, 'a'.repeat(62)],
])('the volume at %s gets a name of its own that Kubernetes takes', (path, name) => {
  const team = new McpNamespace(newFleet(), 'team', { tier: McpTier.UTILITY });
  new McpServer(team, 'files', { source, volumes: [McpVolume.scratch(path, Size.mebibytes(1))] });
  const { volumes } = (find(objectsOf(team), 'Deployment', 'files').spec as {
    template: { spec: { volumes: { name: string }[] } };
  }).template.spec;
  expect(volumes.map((volume) => volume.name)).toEqual(['tmp', 'proxy-config', 'assertion-keys', name]);
});

test('scratch volumes count against the scratch space of the container, so they raise its limit', () => {
  const team = new McpNamespace(newFleet(), 'team', { tier: McpTier.UTILITY });
  new McpServer(team, 'files', { source, volumes: [McpVolume.scratch('/cache', Size.gibibytes(5))] });
  expect(find(objectsOf(team), 'Deployment', 'files').spec).toHaveProperty(
    'template.spec.containers.0.resources.limits.ephemeral-storage', '5376Mi');
});

test('what only looks like a secret may stand in the environment: a path, a switch, a number', () => {
  const env = { GOOGLE_APPLICATION_CREDENTIALS: '/data/key.json', TOKENIZERS_PARALLELISM: 'false', MAX_TOKENS: '4096' };
  expect(() => new McpServer(new McpNamespace(newFleet(), 'team', { tier: McpTier.UTILITY }), 'files', { source, env })).not.toThrow();
});

test('labels stay within what Kubernetes takes, whatever the names and tags are', () => {
  const fleet = new McpFleet(new App(), 'f'.repeat(49), {
    host: 'mcp.example.com',
    auth: GatewayAuth.oidc({ issuer: 'https://auth.example.com', egress: [Peer.cidr('203.0.113.10/32', 443)] }),
  });
  const team = new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY });
  new McpServer(team, 'abcdefghijkl-m', {
    source: McpSource.oci('registry.example.com/crm:_v1_'), transport: McpTransport.streamableHttp(),
  });
  const labels = find(objectsOf(team), 'Deployment', 'abcdefghijkl-m').metadata.labels;
  expect(labels['app.kubernetes.io/instance']).toBe(`${'f'.repeat(49)}-abcdefghijkl`);
  expect(labels['app.kubernetes.io/version']).toBe('v1');
});

test('the Internet is public addresses only: no other pod, no private network, no metadata service', () => {
  const team = new McpNamespace(newFleet(), 'team', { tier: McpTier.UTILITY });
  new McpServer(team, 'search', { source, egress: [Peer.internet(443)] });
  expect(find(objectsOf(team), 'NetworkPolicy', 'search').spec).toMatchObject({
    egress: [{
      to: [
        { ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'] } },
        { ipBlock: { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] } },
      ],
      ports: [{ protocol: 'TCP', port: 443 }],
    }],
  });
});

test('an image that talks Streamable HTTP is probed on its own port, and reached by gateway and registry only', () => {
  const fleet = newFleet();
  const team = new McpNamespace(fleet, 'team', { tier: McpTier.CORE });
  new McpServer(team, 'crm', {
    source: CRM, transport: McpTransport.streamableHttp({ port: 3000, readyPath: '/ready' }),
    egress: [Peer.namespace('crm-db', 5432)],
  });
  const objects = objectsOf(team);
  expect(find(objects, 'Deployment', 'crm').spec).toMatchObject({
    replicas: 2,
    template: { spec: { containers: [{ readinessProbe: { httpGet: { path: '/ready', port: 3000 } } }] } },
  });
  const policy = find(objects, 'NetworkPolicy', 'crm').spec as {
    ingress: { from: { podSelector: { matchLabels: Record<string, string> } }[]; ports: { port: number }[] }[];
    egress: unknown;
  };
  expect(policy.ingress.map(({ from, ports }) => [from[0]!.podSelector.matchLabels['cdk8s-mcp.dev/role'], ports[0]!.port]))
    .toEqual([['gateway', 3000], ['registry', 3000]]);
  expect(policy.egress).toEqual([{
    to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'crm-db' } } }],
    ports: [{ protocol: 'TCP', port: 5432 }],
  }]);
  expect(find(objects, 'PodDisruptionBudget', 'crm').spec).toMatchObject({ maxUnavailable: 1 });
});

describe('an image that talks stdio', () => {
  const source = McpSource.oci('registry.example.com/time:1.0.0', { command: ['python', '-m', 'server'], args: ['--utc'] });

  function deploymentOf(transport: McpTransport, props: Partial<McpServerProps> = {}) {
    const team = new McpNamespace(newFleet(), 'team', { tier: McpTier.UTILITY });
    new McpServer(team, 'time', { source, transport, ...props });
    const objects = objectsOf(team);
    const { template } = find(objects, 'Deployment', 'time').spec as { template: { spec: PodSpec } };
    const { data } = find(objects, 'ConfigMap', 'time-proxy') as unknown as { data: Record<string, string> };
    return { pod: template.spec, config: proxyConfigSchema.parse(parse(data['proxy.yaml']!)) };
  }

  test('is started by the shim, within bounds, and drained by it well before the pod is killed', () => {
    const { pod } = deploymentOf(
      McpTransport.stdio({ maxSessions: 4, startedAhead: 2, connector: McpConnector.inPod({ tasksPerSession: 64 }) }),
      { callTimeout: Duration.seconds(30) },
    );
    const [server] = pod.containers;
    expect(server!.command).toEqual([
      '/opt/cdk8s-mcp/cdk8s-mcp-shim', 'serve', '--socket', '/run/cdk8s-mcp/server.sock', '--allow-uid', '65532',
      '--max-processes', '6', '--memory-per-process', '96Mi', '--tasks-per-process', '64', '--drain-seconds', '50',
      '--', 'python', '-m', 'server', '--utc',
    ]);
    expect(server!.args).toBeUndefined();
    expect(server!.resources).toMatchObject({
      limits: { memory: `${16 + 6 * 96}Mi` }, requests: { memory: `${16 + 3 * 96}Mi` },
    });
    expect(server!.lifecycle?.preStop?.exec?.command).toEqual([
      '/opt/cdk8s-mcp/cdk8s-mcp-shim', 'wait-drained', '--socket', '/run/cdk8s-mcp/server.sock', '--timeout-seconds', '53',
    ]);
    expect(pod.terminationGracePeriodSeconds).toBe(55);
  });

  test('is reached by a proxy beside it, which starts before it and ends after it', () => {
    const proxyResources = { memory: { limit: Size.gibibytes(1) } };
    const { pod, config } = deploymentOf(McpTransport.stdio(), { proxyResources });
    expect(pod.initContainers!.map(({ name, image, restartPolicy }) => [name, image, restartPolicy])).toEqual([
      ['shim', `ghcr.io/cdk8s-mcp/cdk8s-mcp:${LIBRARY_VERSION}`, undefined],
      ['proxy', `ghcr.io/cdk8s-mcp/cdk8s-mcp:${LIBRARY_VERSION}`, 'Always'],
    ]);
    expect(pod.initContainers![1]!.resources).toMatchObject({ limits: { memory: '1Gi' }, requests: { memory: '128Mi' } });
    expect(config).toMatchObject({
      connector: { type: 'in-pod', socket: '/run/cdk8s-mcp/server.sock' },
      limits: { sessions: 8, processes: 9, spareProcesses: 1, lagSeconds: 15, drainSeconds: 300 },
    });
  });

  test('shares with its proxy no user, no volume but the one of the socket, and no environment', () => {
    const { pod } = deploymentOf(McpTransport.stdio(), {
      env: { ZONE: 'utc' }, volumes: [McpVolume.scratch('/cache', Size.mebibytes(10))],
    });
    const [proxy, server] = [pod.initContainers![1]!, pod.containers[0]!];
    expect([proxy, server].map(({ securityContext }) => securityContext!.runAsUser)).toEqual([65532, 65533]);
    const volumesOf = ({ volumeMounts }: Container) => volumeMounts!.map(({ name }) => name);
    expect(volumesOf(server)).toEqual(['tmp', 'shim', 'sockets', 'cache']);
    expect(volumesOf(proxy)).toEqual(['proxy-tmp', 'proxy-config', 'assertion-keys', 'sockets']);
    expect([proxy.env, server.env]).toEqual([undefined, [{ name: 'ZONE', value: 'utc' }]]);
  });

  test('cannot put another program in the place of the shim', () => {
    const { pod } = deploymentOf(McpTransport.stdio());
    const writers = [...pod.initContainers!, ...pod.containers].filter(({ volumeMounts }) =>
      volumeMounts!.some(({ name, readOnly }) => name === 'shim' && readOnly !== true));
    expect(writers.map(({ name }) => name)).toEqual(['shim']);
  });

  test('gets pipes where its runtime wants them', () => {
    const { pod } = deploymentOf(McpTransport.stdio({ connector: McpConnector.inPod({ pipes: true }) }));
    expect(pod.containers[0]!.command).toContain('--pipes');
  });

  test('is started by the proxy of its own image where it has one', () => {
    const { pod, config } = deploymentOf(McpTransport.stdio({ connector: McpConnector.child() }));
    expect(pod.initContainers).toBeUndefined();
    expect(pod.containers.map(({ name, command, args }) => [name, command, args])).toEqual([
      ['proxy', undefined, ['proxy', '--config', '/etc/cdk8s-mcp/config/proxy.yaml']],
    ]);
    expect(config.connector).toEqual({ type: 'child', command: ['python', '-m', 'server', '--utc'] });
  });

  test('takes of the quota what its sidecar takes, too', () => {
    const problemsOf = (memory: number) => {
      const tier = McpTier.of('small', {
        quota: { cpu: Cpu.units(8), memory: Size.mebibytes(memory), pods: 10, storage: Size.gibibytes(1) },
      });
      const app = new App();
      new McpServer(new McpNamespace(app, 'team', { tier }), 'time', { source, transport: McpTransport.stdio() });
      return app.node.findAll().flatMap((construct) => construct.node.validate());
    };
    // Two pods, during an update, of 880Mi for the server and 256Mi for the proxy.
    expect(problemsOf(2 * (880 + 256))).toEqual([]);
    expect(problemsOf(2 * (880 + 256) - 1).join()).toContain('its workloads may take 2272Mi of memory limits');
  });
});

test('an image that talks Streamable HTTP can be started by another program of it', () => {
  const team = new McpNamespace(newFleet(), 'team', { tier: McpTier.UTILITY });
  new McpServer(team, 'crm', {
    source: McpSource.oci('registry.example.com/crm:1.0.0', { command: ['crm'], args: ['--http'] }),
    transport: McpTransport.streamableHttp(),
  });
  expect(find(objectsOf(team), 'Deployment', 'crm').spec).toMatchObject({
    template: { spec: { containers: [{ command: ['crm'], args: ['--http'] }] } },
  });
});

test('an autoscaler takes the number of pods over', () => {
  const team = new McpNamespace(newFleet(), 'team', { tier: McpTier.UTILITY });
  const crm = new McpServer(team, 'crm', { source: CRM, transport: McpTransport.streamableHttp() });
  crm.autoscale({ minReplicas: 2, maxReplicas: 10, toolRequestsPerSecond: 50 });
  const objects = objectsOf(team);
  const deployment = find(objects, 'Deployment', 'crm').spec as Record<string, unknown>;
  expect(deployment).not.toHaveProperty('replicas');
  expect(deployment).toHaveProperty('template.spec.topologySpreadConstraints');
  expect(find(objects, 'PodDisruptionBudget', 'crm')).toBeDefined();
  expect(crm.disruptionBudget?.name).toBe('crm');
  const version = (kind: string) => find(objects, kind, 'crm').metadata.labels['app.kubernetes.io/version'];
  expect(['HorizontalPodAutoscaler', 'PodDisruptionBudget'].map(version)).toEqual(['000000000000', '000000000000']);
  expect(find(objects, 'HorizontalPodAutoscaler', 'crm').spec).toMatchObject({
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'crm' },
    minReplicas: 2,
    maxReplicas: 10,
    metrics: [{
      type: 'Pods',
      pods: { metric: { name: 'mcp_tool_requests_per_second' }, target: { type: 'AverageValue', averageValue: '50' } },
    }],
  });
});

test('a single replica in a core tier says why in the manifest', () => {
  const team = new McpNamespace(newFleet(), 'team', { tier: McpTier.CORE });
  const transport = McpTransport.streamableHttp();
  new McpServer(team, 'lock', { source: CRM, transport, singletonReason: 'holds a lock' });
  new McpServer(team, 'disk', { source: CRM, transport, volumes: [McpVolume.persistent('/data', Size.gibibytes(1))] });
  const objects = objectsOf(team);
  const reasonOf = (kind: string, name: string) =>
    find(objects, kind, name).metadata.annotations?.['cdk8s-mcp.dev/singleton-reason'];
  expect(reasonOf('Deployment', 'lock')).toBe('holds a lock');
  expect(reasonOf('StatefulSet', 'disk')).toBe('keeps its state in the persistent volume at /data');
});

test('a changed configuration rolls the pods that read it', () => {
  const digest = (args: string[]) => {
    const team = new McpNamespace(newFleet(), 'team', { tier: McpTier.UTILITY });
    new McpServer(team, 'files', { source: McpSource.npm('some-server', '1.0.0', { args }) });
    const { spec } = find(objectsOf(team), 'Deployment', 'files');
    return (spec as { template: { metadata: { annotations: Record<string, string> } } }).template.metadata.annotations;
  };
  expect(digest(['/a'])).toEqual(digest(['/a']));
  expect(digest(['/a'])).not.toEqual(digest(['/b']));
});

test('a patch arrives whole, fields that cdk8s-plus-28 does not know included', () => {
  const team = new McpNamespace(newFleet(), 'team', { tier: McpTier.UTILITY });
  const files = new McpServer(team, 'files', { source });
  files.workload.addJsonPatch(
    JsonPatch.add('/spec/template/spec/resources', { limits: { memory: '1Gi' } }),
    JsonPatch.replace('/spec/template/spec/containers/0/readinessProbe/httpGet/port', 8080),
  );
  expect(find(objectsOf(team), 'Deployment', 'files').spec).toMatchObject({
    template: { spec: { resources: { limits: { memory: '1Gi' } }, containers: [{ readinessProbe: { httpGet: { port: 8080 } } }] } },
  });
});

test('a change of one server changes only objects that are its own or name it', () => {
  const synth = (args: string[]) => {
    const fleet = newFleet();
    const team = new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY });
    new McpServer(team, 'changed', { source: McpSource.npm('some-server', '1.0.0', { args }) });
    new McpServer(team, 'other', { source });
    return [...objectsOf(fleet.system), ...objectsOf(team)].map((object) => ({
      name: `${object.kind}/${object.metadata.name}`, text: JSON.stringify(object),
    }));
  };
  const before = synth(['/a']);
  const changed = synth(['/b']).filter(({ text }, index) => text !== before[index]!.text);
  expect(changed.map(({ name }) => name)).toEqual(['ConfigMap/changed-proxy', 'Deployment/changed']);
});
