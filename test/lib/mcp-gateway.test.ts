import { checkParsePolicySet, validate } from '@cedar-policy/cedar-wasm/nodejs';
import { App, Duration, Testing } from 'cdk8s';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  GatewayAuth, GatewayTls, McpAlerts, McpAutoscaler, McpFleet, McpGateway, McpNamespace, McpRegistry, McpServer,
  McpSource, McpTier, McpTransport, Peer, Principal, type IMcpServer,
} from '../../lib';
import { gatewayConfigSchema, type GatewayConfig } from '../../lib/contract/gateway-config';
import { CEDAR_SCHEMA } from '../../lib/contract/policy';
import { cedarPolicies, type Statement } from '../../lib/gateway/cedar-text';
import { PolicyTarget } from '../../lib/gateway/policy-target';
import type { KubeObject } from '../support/examples';
import { MANIFEST_CHECKS } from '../support/manifest-checks';
import { pathOf } from '../support/manifest-checks/pods';

const source = McpSource.npm('some-server', '1.0.0');
const auth = GatewayAuth.oidc({ issuer: 'https://auth.example.com', egress: [Peer.cidr('203.0.113.10/32', 443)] });

function systemObjects(fleet: McpFleet): KubeObject[] {
  return Testing.synth(fleet.system) as KubeObject[];
}

function find(objects: KubeObject[], kind: string, name: string): KubeObject {
  return objects.find((object) => object.kind === kind && object.metadata.name === name)
    ?? expect.fail(`there is no ${kind} ${name}`);
}

function gatewayConfigOf(objects: KubeObject[]): GatewayConfig {
  const { data } = find(objects, 'ConfigMap', 'mcp-gateway-config') as unknown as { data: Record<string, string> };
  return gatewayConfigSchema.parse(parse(data['gateway.yaml']!));
}

test('the smallest fleet is routed to, listed and isolated by itself', () => {
  const fleet = new McpFleet(new App(), 'fleet', { host: 'mcp.example.com', auth });
  new McpServer(new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY }), 'files', { source });
  const objects = systemObjects(fleet);
  expect(gatewayConfigOf(objects)).toMatchObject({
    listen: '0.0.0.0:8443',
    publicUrl: 'https://mcp.example.com',
    registryUrl: 'http://mcp-registry.mcp-system.svc:8080',
    servers: [{ name: 'files', namespace: 'team', tier: 'utility', url: 'http://files.team.svc:8080/mcp' }],
  });
  expect(find(objects, 'Deployment', 'mcp-gateway')).toMatchObject({
    metadata: { annotations: { 'cdk8s-mcp.dev/external': 'Secret/mcp-gateway-session-keys,Secret/mcp-gateway-assertion-key,Secret/mcp-gateway-tls' } },
    spec: { replicas: 3 },
  });
});

test('servers behind our proxy are told who calls and check it; servers on HTTP are not', () => {
  const fleet = new McpFleet(new App(), 'fleet', { host: 'mcp.example.com', auth });
  const team = new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY });
  new McpServer(team, 'files', { source });
  new McpServer(team, 'crm', {
    source: McpSource.oci('registry.example.com/crm:1.0.0'), transport: McpTransport.streamableHttp(),
  });
  const { servers, assertionKeyFile } = gatewayConfigOf(systemObjects(fleet));
  expect(servers.map(({ name, takesAssertions }) => [name, takesAssertions])).toEqual([['files', true], ['crm', false]]);
  expect(assertionKeyFile).toBe('/etc/cdk8s-mcp/assertion-key/private-key.json');
  const objects = Testing.synth(team) as KubeObject[];
  const external = (name: string) => find(objects, 'Deployment', name).metadata.annotations?.['cdk8s-mcp.dev/external'];
  expect([external('files'), external('crm')]).toEqual(['ConfigMap/mcp-assertion-keys', undefined]);
  expect(find(objects, 'ConfigMap', 'files-proxy')).toHaveProperty(
    ['data', 'proxy.yaml'], expect.stringContaining('assertionKeys: /etc/cdk8s-mcp/assertion-keys/public-keys.json'));
});

test('no file that is reloaded is mounted by a subPath', () => {
  const fleet = new McpFleet(new App(), 'fleet', { host: 'mcp.example.com', auth });
  const team = new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY });
  new McpServer(team, 'files', { source });
  expect(JSON.stringify([systemObjects(fleet), Testing.synth(team)])).not.toContain('subPath');
});

test('plain HTTP has to be asked for by name', () => {
  const fleet = new McpFleet(new App(), 'fleet', {
    host: 'mcp.example.com', auth, gateway: { tls: GatewayTls.terminatedBefore() },
  });
  expect(find(systemObjects(fleet), 'Service', 'mcp-gateway').spec).toMatchObject({ ports: [{ port: 8080 }] });
});

test('without the Prometheus Operator there is no custom resource', () => {
  const fleet = new McpFleet(new App(), 'fleet', { host: 'mcp.example.com', auth, prometheusOperator: false });
  expect(systemObjects(fleet).filter(({ apiVersion }) => apiVersion.startsWith('monitoring.coreos.com'))).toEqual([]);
});

test('the gateway waits as long as the longest call of its servers takes, and ends no sooner', () => {
  const fleet = new McpFleet(new App(), 'fleet', { host: 'mcp.example.com', auth });
  const team = new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY });
  new McpServer(team, 'slow', { source, callTimeout: Duration.hours(1) });
  new McpServer(team, 'quick', { source, callTimeout: Duration.seconds(10) });
  const objects = systemObjects(fleet);
  expect(gatewayConfigOf(objects).limits).toMatchObject({ callSeconds: 3600, drainSeconds: 3600 });
  expect(find(objects, 'Deployment', 'mcp-gateway').spec).toHaveProperty(
    'template.spec.terminationGracePeriodSeconds', 15 + 3600 + 10);
});

test('a server that is served and listed twice is there once', () => {
  const fleet = new McpFleet(new App(), 'fleet', { host: 'mcp.example.com', auth });
  const files = new McpServer(new McpNamespace(fleet, 'team', { tier: McpTier.UTILITY }), 'files', { source });
  fleet.gateway.serve(files);
  fleet.registry.list(files);
  expect(gatewayConfigOf(systemObjects(fleet)).servers).toHaveLength(1);
});

test('a single pod says why in the manifest, and has no disruption budget', () => {
  const fleet = new McpFleet(new App(), 'fleet', {
    host: 'mcp.example.com', auth, gateway: { replicas: 1, singletonReason: 'is a cluster for tests' },
  });
  expect(find(systemObjects(fleet), 'Deployment', 'mcp-gateway')).toMatchObject({
    metadata: { annotations: { 'cdk8s-mcp.dev/singleton-reason': 'is a cluster for tests' } },
    spec: { replicas: 1 },
  });
  expect(fleet.gateway.disruptionBudget).toBeUndefined();
});

test('without a fleet, gateway, registry, autoscaler and alerts work in a namespace of their own', () => {
  const app = new App();
  const team = new McpNamespace(app, 'team', { tier: McpTier.UTILITY });
  const gateway = new McpGateway(team, 'gateway', { host: 'mcp.example.com', auth });
  const registry = new McpRegistry(team, 'registry', { gateway });
  const crm = new McpServer(team, 'crm', { source });
  gateway.serve(crm);
  registry.list(crm);
  gateway.permit(Principal.authenticated(), crm.allTools());
  new McpAutoscaler(team, 'autoscaler', { target: crm });
  new McpAlerts(team, 'alerts', { gatewayName: gateway.gatewayName });
  const objects = Testing.synth(team) as KubeObject[];
  expect(objects.map(pathOf)).toEqual([...new Set(objects.map(pathOf))]);
  expect(MANIFEST_CHECKS.flatMap(({ violations }) => violations(objects))).toEqual([]);
});

describe('policies as Cedar text', () => {
  const statements = fc.array(fc.record({
    effect: fc.constantFrom('permit' as const, 'forbid' as const),
    principal: fc.oneof(
      fc.string({ unit: 'binary' }).map((name) => Principal.group(name)),
      fc.string({ unit: 'binary' }).map((name) => Principal.user(name)),
      fc.constant(Principal.authenticated()),
    ),
    target: fc.tuple(
      fc.constantFrom('files', 'crm'),
      fc.constantFrom('tools/call' as const, 'prompts/get' as const, 'resources/read' as const),
      fc.option(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), { nil: undefined }),
    ).map(([serverName, action, names]) => PolicyTarget._of({ serverName } as IMcpServer, action, names)),
  }) satisfies fc.Arbitrary<Statement>);

  test('are valid by the schema, whatever stands in names', () => {
    fc.assert(fc.property(statements, (all) => {
      const answer = validate({ schema: CEDAR_SCHEMA, policies: { staticPolicies: cedarPolicies(all) } });
      expect(answer).toMatchObject({ type: 'success', validationErrors: [] });
    }));
  });

  test('have ids of their own', () => {
    fc.assert(fc.property(statements, (all) => {
      const ids = [...cedarPolicies(all).matchAll(/^@id\((.*)\)$/gm)].map(([, id]) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }));
  });

  test('bring the permission to discover the server, once', () => {
    const target = (name: string) => PolicyTarget._of({ serverName: 'files' } as IMcpServer, 'tools/call', [name]);
    const principal = Principal.group('support');
    const text = cedarPolicies([
      { effect: 'permit', principal, target: target('a') }, { effect: 'permit', principal, target: target('b') },
    ]);
    expect(text.match(/Action::"discover"/g)).toHaveLength(1);
    expect(checkParsePolicySet({ staticPolicies: text }).type).toBe('success');
  });
});
