import { readFileSync } from 'node:fs';
import { SignJWT, UnsecuredJWT, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textOf, TestFleet, type Edit } from '../support/local-fleet';
import { descendantsOf, eventually } from '../support/processes';

/** From the working directory, which the programs share: absolute paths in manifests are those of containers. */
const FIXTURE = 'test/fixtures/stdio-server.mjs';

/** The fixture in place of `everything`: it counts, sleeps and dies on demand. */
const withFixture: Edit = (files) => Object.fromEntries(Object.entries(files).map(([file, text]) => [file, text.replace(
  /( +)npm:\n +package: "@modelcontextprotocol\/server-everything"\n +version: .*\n +args: \[\]\n/,
  `$1command: [node, ${FIXTURE}]\n`,
)]));

let fleet: TestFleet;
let alice: string;

beforeAll(async () => {
  fleet = await TestFleet.start('quickstart', withFixture);
  alice = fleet.token('alice', 'engineering');
});

afterAll(() => fleet.stop());

describe('sessions', () => {
  test.each(['/servers/everything/mcp', '/mcp'])('at %s do not see each other\'s state', async (path) => {
    const prefix = path === '/mcp' ? 'everything__' : '';
    const [one, two] = [await fleet.connect(alice, path), await fleet.connectModern(alice, path)];
    const count = async (client: typeof one | typeof two) =>
      textOf(await client.callTool({ name: `${prefix}increment`, arguments: {} }));
    expect([await count(one), await count(one), await count(two), await count(one)]).toEqual(['1', '2', '1', '3']);
  });

  test('of another user are not to be had, even with the id', async () => {
    const mallory = fleet.token('mallory', 'engineering');
    const session = await initialize(alice);
    const request = (token: string) => post(token, { jsonrpc: '2.0', id: 2, method: 'tools/list' }, session);
    expect((await request(mallory)).status).toBe(404);
    expect((await request(alice)).status).toBe(200);
  });
});

describe('a server whose process is killed in mid-call', () => {
  test('gives a JSON-RPC error, and the next session works', async () => {
    const client = await fleet.connect(alice, '/servers/everything/mcp');
    const pid = Number(textOf(await client.callTool({ name: 'pid', arguments: {} })));
    const call = client.callTool({ name: 'sleep', arguments: { ms: 60_000 } }).then(() => 'answered', (error: unknown) => error);
    await eventually('the call has reached the server', () => inFlight('everything'));
    expect(descendantsOf(fleet.local.description.pid).some((child) => child.pid === pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
    expect(await call).toMatchObject({ code: -32603 });
    const next = await fleet.connect(alice, '/servers/everything/mcp');
    expect(textOf(await next.callTool({ name: 'echo', arguments: { text: 'again' } }))).toBe('again');
  });
});

describe('a request is refused', () => {
  const challengeOf = (response: Response) => response.headers.get('www-authenticate') ?? '';
  const metadata = () => `resource_metadata="${fleet.url('/.well-known/oauth-protected-resource/servers/everything/mcp').href}"`;
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };

  const forged = async () => {
    const { privateKey } = await generateKeyPair('ES256');
    return new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: 'forged' }).sign(privateKey);
  };
  const claims = (issuer = fleet.local.description.issuer) => ({
    iss: issuer, sub: 'alice', groups: ['engineering'], aud: fleet.local.description.url,
    exp: Math.floor(Date.now() / 1000) + 60,
  });

  const refusals: [title: string, token: () => string | undefined | Promise<string>][] = [
    ['without a token', () => undefined],
    ['with an expired token', () => fleet.local.token({ user: 'alice', groups: ['engineering'], ttlSeconds: -60 })],
    ['with a token for another audience', () => fleet.local.token({ user: 'alice', groups: ['engineering'], audience: 'https://other.example.com' })],
    ['with an unsigned token', () => new UnsecuredJWT(claims()).encode()],
    ['with a token of another issuer', async () => {
      const { privateKey } = await generateKeyPair('ES256');
      return new SignJWT(claims('https://evil.example.com')).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
    }],
    ['with a forged signature', forged],
    ['with something that is no token', () => 'abc'],
  ];

  test.each(refusals)('%s: 401, and where to sign in', async (_title, token) => {
    const response = await post(await token(), ping);
    expect(response.status).toBe(401);
    expect(challengeOf(response)).toContain(metadata());
  });

  test('and the metadata leads to the issuer', async () => {
    const document = await (await fetch(fleet.url('/.well-known/oauth-protected-resource/mcp'))).json() as object;
    expect(document).toMatchObject({
      resource: fleet.url('/mcp').href, authorization_servers: [fleet.local.description.issuer],
    });
  });

  test('for a server that somebody may not discover exactly as for one that does not exist', async () => {
    const bob = fleet.token('bob', 'support');
    const [hidden, missing] = [
      await post(bob, ping), await post(bob, ping, undefined, '/servers/missing/mcp'),
    ];
    expect([hidden.status, missing.status]).toEqual([404, 404]);
    expect((await hidden.text()).replace('everything', 'NAME')).toBe((await missing.text()).replace('missing', 'NAME'));
  });
});

test('no token is in the audit trail, and refusals are', async () => {
  await post(undefined, { jsonrpc: '2.0', id: 1, method: 'ping' });
  const trail = await eventually('the refusal is on record', () => {
    const text = readFileSync(fleet.local.description.auditLog, 'utf8');
    return text.includes('"unauthenticated"') || text.includes('"principal":null') ? text : undefined;
  });
  expect(trail).not.toContain(alice);
  expect(trail).not.toContain('eyJ');
});

async function initialize(token: string): Promise<string> {
  const response = await post(token, {
    jsonrpc: '2.0', id: 1, method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
  });
  expect(response.status).toBe(200);
  const session = response.headers.get('mcp-session-id')!;
  await post(token, { jsonrpc: '2.0', method: 'notifications/initialized' }, session);
  return session;
}

async function post(
  token: string | undefined, message: object, session?: string, path = '/servers/everything/mcp',
): Promise<Response> {
  return fetch(fleet.url(path), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'accept': 'application/json, text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(session === undefined ? {} : { 'mcp-session-id': session }),
    },
    body: JSON.stringify(message),
  });
}

/** Whether the gateway has counted a call to `sleep` that has not ended. */
async function inFlight(server: string): Promise<true | undefined> {
  const metrics = await (await fetch(`${fleet.local.description.gateway.admin}/metrics`)).text();
  return metrics.includes(`mcp_tool_requests_total{server="${server}",tool="sleep"}`) ? true : undefined;
}
