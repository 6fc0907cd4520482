import { generateKeyPair, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedServer, type ScriptedServer } from './testing/scripted-server';
import { PUBLIC_URL, auditRecord, startTestFleet, type TestFleet } from './testing/test-fleet';

const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
const ROUTE = '/servers/files/mcp';

let server: ScriptedServer;
let fleet: TestFleet;

beforeAll(async () => {
  server = await startScriptedServer();
  fleet = await startTestFleet({
    policy: 'permit (principal, action, resource);',
    servers: { files: server.url },
    config: { registryUrl: server.url },
  });
});

afterAll(async () => {
  await fleet.stop();
  await server.stop();
});

/** A ping as it is sent by whoever has no token, or this one. */
function ping(token?: string, { path = ROUTE, ...headers }: Record<string, string> = {}): Promise<Response> {
  return fetch(fleet.gateway.url + path, {
    method: 'POST', body: PING,
    headers: {
      'content-type': 'application/json', 'accept': 'application/json, text/event-stream', ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
}

const challengeOf = (response: Response) => response.headers.get('www-authenticate');
const metadata = (route: string) => `resource_metadata="${PUBLIC_URL}/.well-known/oauth-protected-resource${route}"`;

describe('a request without a token', () => {
  it.each([['/servers/files/mcp'], ['/servers/missing/mcp'], ['/mcp'], ['/discover']])(
    'to %s is told where to find out about tokens', async (path) => {
      const response = await ping(undefined, { path });
      expect(response.status).toBe(401);
      expect(challengeOf(response)).toContain(metadata(path));
      expect(challengeOf(response)).not.toContain('error=');
    });

  it('reaches no server', async () => {
    server.received.length = 0;
    await ping();
    expect(server.received).toEqual([]);
  });

  it('may not carry it in the query', async () => {
    const path = `${ROUTE}?access_token=${await fleet.token()}`;
    expect((await ping(undefined, { path })).status).toBe(401);
  });
});

describe('a request with a token', () => {
  const now = () => Math.floor(Date.now() / 1000);

  it.each<[string, JWTPayload | (() => JWTPayload), string]>([
    ['that has expired', () => ({ exp: now() - 60 }), 'expired'],
    ['for another audience', { aud: 'https://other.example.com' }, 'wrong_audience'],
    ['for another route', { aud: `${PUBLIC_URL}/servers/crm/mcp` }, 'wrong_audience'],
    ['without an audience', { aud: undefined }, 'wrong_audience'],
    ['of another issuer', { iss: 'https://other.example.com' }, 'unknown_issuer'],
  ])('%s is refused', async (_what, claims, outcome) => {
    const counted = `mcp_gateway_auth_total{outcome="${outcome}"}`;
    const before = await fleet.metric(counted);
    const response = await ping(await fleet.token(typeof claims === 'function' ? claims() : claims));
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toContain('error="invalid_token"');
    expect(challengeOf(response)).toContain(metadata(ROUTE));
    await expect.poll(() => fleet.metric(counted)).toBe(before! + 1);
    expect(await auditRecord(fleet, (record) => record.outcome === outcome)).toMatchObject({ principal: null });
  });

  it('that is not signed, or by another key, is refused', async () => {
    const [header, payload] = (await fleet.token()).split('.');
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
    const { privateKey } = await generateKeyPair('ES256');
    for (const token of [
      `${unsigned}.${payload}.`, `${header}.${payload}.`, 'no.token.at-all',
      await fleet.issuer.sign({ aud: PUBLIC_URL }, { key: privateKey }),
    ]) {
      const response = await ping(token);
      expect(response.status).toBe(401);
      expect(challengeOf(response)).toContain('error="invalid_token"');
    }
  });

  it('for this route alone is served here, and nowhere else', async () => {
    const token = await fleet.token({ aud: PUBLIC_URL + ROUTE });
    expect((await ping(token)).status).toBe(200);
    expect((await ping(token, { path: '/mcp' })).status).toBe(401);
  });
});

describe('a fleet that requires scopes', () => {
  it('asks for all of them at once', async () => {
    const strict = await startTestFleet({
      policy: 'permit (principal, action, resource);',
      servers: { files: server.url },
      config: { authentication: { issuers: [{ issuer: fleet.issuer.issuer }], requiredScopes: ['mcp:use', 'mcp:more'] } },
    });
    try {
      const response = await fetch(strict.gateway.url + ROUTE, {
        method: 'POST', body: PING, headers: { authorization: `Bearer ${await fleet.token({ scope: 'mcp:use' })}` },
      });
      expect(response.status).toBe(403);
      expect(challengeOf(response)).toContain('error="insufficient_scope"');
      expect(challengeOf(response)).toContain('scope="mcp:use mcp:more"');
    } finally {
      await strict.stop();
    }
  });
});

describe('an issuer that is away', () => {
  it('makes the request fail for now, and the gateway not ready', async () => {
    const lonely = await startTestFleet({
      policy: 'permit (principal, action, resource);',
      servers: { files: server.url },
      config: { authentication: { issuers: [{ issuer: 'http://127.0.0.1:1' }] } },
    });
    try {
      const response = await fetch(lonely.gateway.url + ROUTE, {
        method: 'POST', body: PING,
        headers: { authorization: `Bearer ${await fleet.token({ iss: 'http://127.0.0.1:1' })}` },
      });
      expect(response.status).toBe(503);
      const ready = await fetch(`${lonely.gateway.adminUrl}/health/ready`);
      expect(ready.status).toBe(503);
      expect(await ready.json()).toMatchObject({ reason: 'no issuer\'s keys have been fetched yet' });
      expect((await fetch(`${lonely.gateway.adminUrl}/health`)).status).toBe(200);
    } finally {
      await lonely.stop();
    }
  });
});

describe('protected resource metadata', () => {
  it.each([
    ['', '/mcp'], ['/mcp', '/mcp'], ['/discover', '/discover'],
    ['/servers/files/mcp', '/servers/files/mcp'], ['/servers/missing/mcp', '/servers/missing/mcp'],
  ])('at %s is public and describes %s', async (path, route) => {
    const response = await fetch(`${fleet.gateway.url}/.well-known/oauth-protected-resource${path}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      resource: PUBLIC_URL + route, authorization_servers: [fleet.issuer.issuer],
    });
  });
});

describe('a page in a browser', () => {
  it('is served when it is of the fleet\'s own origin only', async () => {
    const token = await fleet.token();
    expect((await ping(token, { origin: PUBLIC_URL })).status).toBe(200);
    for (const origin of ['https://evil.example.com', 'http://mcp.example.com', 'null']) {
      expect((await ping(token, { origin })).status).toBe(403);
      expect((await ping(undefined, { origin })).status).toBe(403);
    }
  });
});

describe('paths that are not served', () => {
  it.each(['/', '/metrics', '/health', '/servers/files', '/servers/files/mcp/x'])('%s is 404', async (path) => {
    expect((await ping(await fleet.token(), { path })).status).toBe(404);
  });
});
