import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registryConfigSchema, type RegistryConfigInput } from '../../../lib/contract/registry-config';
import { startIssuer, type TestIssuer } from '../auth/testing/issuer';
import { AddressMap } from '../platform/address-map';
import { closeServer } from '../platform/close-server';
import { listen } from '../platform/listen';
import { UsageError } from '../platform/usage-error';
import { startRegistry, type RunningRegistry } from './registry';

const PUBLIC_URL = 'https://mcp.example.com';

const POLICIES = `
permit (principal in Mcp::Group::"support", action == Mcp::Action::"discover", resource == Mcp::Server::"files");
permit (principal in Mcp::Group::"engineering", action == Mcp::Action::"discover", resource);
`;

/** A server's health endpoint, which answers what the test wants. */
interface HealthEndpoint {
  status: number;
  readonly checks: number;
  readonly connections: number;
  readonly address: string;
}

let directory: string;
let issuer: TestIssuer;
let files: HealthEndpoint;
let crm: HealthEndpoint;
let servers: Server[];
let registry: RunningRegistry | undefined;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'registry-'));
  writeFileSync(join(directory, 'fleet.cedar'), POLICIES);
  servers = [];
  issuer = await startIssuer();
  files = await startHealthEndpoint();
  crm = await startHealthEndpoint();
});

afterEach(async () => {
  await registry?.stop();
  registry = undefined;
  await issuer.stop();
  await Promise.all(servers.map((server) => closeServer(server, 0)));
  rmSync(directory, { recursive: true });
});

async function startHealthEndpoint(): Promise<HealthEndpoint> {
  let checks = 0;
  let connections = 0;
  const server = createServer((_, response) => {
    checks++;
    // 0 stands for a server that hangs.
    if (endpoint.status !== 0) {
      response.writeHead(endpoint.status).end('{}');
    }
  });
  server.on('connection', () => connections++);
  servers.push(server);
  const endpoint = {
    status: 200,
    get checks() { return checks; },
    get connections() { return connections; },
    address: new URL(await listen(server, { host: '127.0.0.1', port: 0 })).host,
  };
  return endpoint;
}

async function start(overrides: Partial<RegistryConfigInput> = {}): Promise<RunningRegistry> {
  const map = join(directory, 'connect-to');
  writeFileSync(map, `files.core.svc.cluster.local:8080=${files.address}\ncrm.utility.svc.cluster.local:8080=${crm.address}\n`);
  const config = registryConfigSchema.parse({
    listen: '127.0.0.1:0',
    admin: '127.0.0.1:0',
    publicUrl: PUBLIC_URL,
    authentication: { issuers: [{ issuer: issuer.issuer }] },
    policy: { directory },
    health: { intervalSeconds: 0.05, timeoutSeconds: 0.5 },
    servers: [
      {
        name: 'files', namespace: 'core', tier: 'core', owner: 'platform', description: 'Reads files',
        healthUrl: 'http://files.core.svc.cluster.local:8080/health/ready',
      },
      { name: 'crm', namespace: 'utility', tier: 'utility', healthUrl: 'http://crm.utility.svc.cluster.local:8080/health/ready' },
    ],
    ...overrides,
  } satisfies RegistryConfigInput);
  registry = await startRegistry(config, { logger: pino({ level: 'silent' }), addressMap: AddressMap.fromFile(map) });
  return registry;
}

async function startReady(overrides?: Partial<RegistryConfigInput>): Promise<RunningRegistry> {
  const running = await start(overrides);
  await vi.waitFor(async () => expect((await fetch(`${running.adminUrl}/health/ready`)).status).toBe(200));
  return running;
}

async function discover(groups: string[], headers: Record<string, string> = {}): Promise<Response> {
  const token = await issuer.sign({ aud: PUBLIC_URL, groups });
  return fetch(`${registry!.url}/discover`, { headers: { authorization: `Bearer ${token}`, ...headers } });
}

async function names(...groups: string[]): Promise<string[]> {
  const response = await discover(groups);
  expect(response.status).toBe(200);
  const { servers: found } = await response.json() as { servers: { name: string }[] };
  return found.map(({ name }) => name);
}

async function metric(line: string): Promise<number | undefined> {
  const text = await (await fetch(`${registry!.adminUrl}/metrics`)).text();
  const found = text.split('\n').find((candidate) => candidate.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length));
}

describe('discovery', () => {
  it('tells each caller of the servers that it may see', async () => {
    await startReady();
    expect(await (await discover(['support'])).json()).toEqual({
      servers: [{
        name: 'files', url: `${PUBLIC_URL}/servers/files/mcp`, namespace: 'core', tier: 'core',
        owner: 'platform', description: 'Reads files', healthy: true,
      }],
    });
    expect(await names('engineering')).toEqual(['files', 'crm']);
    expect(await names('marketing')).toEqual([]);
  });

  it('asks who comes without a token for one, of the issuers that the gateway names', async () => {
    const { url } = await startReady();
    const response = await fetch(`${url}/discover`);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate'))
      .toBe(`Bearer resource_metadata="${PUBLIC_URL}/.well-known/oauth-protected-resource/discover"`);
  });

  it.each([
    [401, { aud: 'https://other.example.com' }], [401, { exp: 1 }], [403, { scope: 'other' }],
  ])('answers %i to a token with %j', async (status, claims) => {
    const { url } = await startReady({
      authentication: { issuers: [{ issuer: issuer.issuer }], requiredScopes: ['mcp'] },
    });
    const token = await issuer.sign({ aud: PUBLIC_URL, scope: 'mcp', ...claims });
    const response = await fetch(`${url}/discover`, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(status);
    expect(response.headers.get('www-authenticate')).toContain('scope="mcp"');
  });

  it('answers 503 while the issuer is away', async () => {
    await startReady();
    const token = await issuer.sign({ aud: PUBLIC_URL });
    await issuer.stop();
    const response = await fetch(`${registry!.url}/discover`, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(503);
    expect(await metric('mcp_discovery_requests_total{outcome="unavailable"}')).toBe(1);
  });

  it('serves nothing else', async () => {
    const { url } = await startReady();
    expect((await fetch(`${url}/`)).status).toBe(404);
    const post = await fetch(`${url}/discover`, { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET']);
  });

  it('counts, from zero', async () => {
    const { url } = await startReady();
    expect(await metric('mcp_discovery_requests_total{outcome="ok"}')).toBe(0);
    expect(await metric('mcp_discovery_requests_total{outcome="error"}')).toBe(0);
    await names('support');
    await fetch(`${url}/discover`);
    expect(await metric('mcp_discovery_requests_total{outcome="ok"}')).toBe(1);
    expect(await metric('mcp_discovery_requests_total{outcome="refused"}')).toBe(1);
  });
});

describe('health', () => {
  it('takes a server out after several failures in a row, and back in after one answer', async () => {
    await startReady();
    files.status = 503;
    await vi.waitFor(async () => expect(await names('engineering')).toEqual(['crm']), { timeout: 5000 });
    expect(await metric('mcp_registry_servers{state="healthy"}')).toBe(1);
    expect(await metric('mcp_registry_servers{state="unhealthy"}')).toBe(1);
    files.status = 200;
    await vi.waitFor(async () => expect(await names('engineering')).toEqual(['files', 'crm']), { timeout: 5000 });
  });

  it('takes out a server that hangs, and asks it one question at a time', async () => {
    files.status = 0;
    await startReady({ health: { intervalSeconds: 0.01, timeoutSeconds: 0.2 } });
    expect(await names('engineering')).toEqual(['crm']);
    await vi.waitFor(() => expect(crm.checks).toBeGreaterThan(files.checks + 5), { timeout: 5000 });
  });

  it('uses one connection again and again', async () => {
    await startReady();
    await vi.waitFor(() => expect(files.checks).toBeGreaterThan(4), { timeout: 5000 });
    expect(files.connections).toBe(1);
  });

  it('is not ready before every server was asked', async () => {
    files.status = 0;
    const { adminUrl } = await start({ health: { timeoutSeconds: 1 } });
    const early = await fetch(`${adminUrl}/health/ready`);
    expect(early.status).toBe(503);
    expect(await early.json()).toMatchObject({ reason: expect.stringContaining('health checks') as unknown });
    expect((await fetch(`${adminUrl}/health`)).status).toBe(200);
    await vi.waitFor(async () => expect((await fetch(`${adminUrl}/health/ready`)).status).toBe(200), { timeout: 5000 });
  });

  it('asks nobody any more once it is stopped, not even a server that hangs', async () => {
    files.status = 0;
    const running = await start({ health: { timeoutSeconds: 60 } });
    await vi.waitFor(() => expect(files.checks).toBe(1));
    await running.stop();
    registry = undefined;
    await expect(fetch(`${running.url}/discover`)).rejects.toThrow();
  });
});

describe('startRegistry', () => {
  it('says which policy is wrong', async () => {
    writeFileSync(join(directory, 'fleet.cedar'), 'permit (principal, action, resource) when { principal.nope };');
    await expect(start()).rejects.toThrow(UsageError);
  });

  it('shows nothing to anybody without policies', async () => {
    rmSync(join(directory, 'fleet.cedar'));
    await startReady();
    expect(await names('engineering')).toEqual([]);
  });
});
