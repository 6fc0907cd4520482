import { App, JsonPatch, Size, Testing } from 'cdk8s';
import { expect, test } from 'vitest';
import {
  GatewayAuth, McpFleet, McpNamespace, McpServer, McpSource, McpTier, McpTransport, McpVolume, Peer,
} from '../../lib';
import type { KubeObject } from '../support/examples';

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
