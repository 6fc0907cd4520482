import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { gatewayConfigSchema } from '../../../lib/contract/gateway-config';
import { AssertionFixture } from '../auth/assertions/testing/assertion-fixture';
import type { RunningProxy } from '../proxy/proxy';
import { RawClient } from '../testing/raw-client';
import { startFixtureServer } from './testing/fixture-server';
import { startScriptedServer, type ReceivedRequest, type ScriptedServer } from './testing/scripted-server';
import { startTestFleet, type TestFleet, type TestFleetOptions } from './testing/test-fleet';

let keys: AssertionFixture;
/** One that takes assertions, and one that is not ours. */
let proxy: ScriptedServer;
let stranger: ScriptedServer;
let real: RunningProxy;
let options: TestFleetOptions;
let fleet: TestFleet;

beforeAll(async () => {
  keys = await AssertionFixture.create();
  [proxy, stranger] = await Promise.all([startScriptedServer(), startScriptedServer()]);
  real = await startFixtureServer('real', { assertionKeys: keys.publicFile });
  const assertionKeyFile = join(keys.directory, 'private.json');
  writeFileSync(assertionKeyFile, JSON.stringify(keys.keys.privateKey));
  const server = (name: string, url: string) => ({ name, url, namespace: 'core', tier: 'core' });
  options = {
    policy: 'permit (principal, action, resource);',
    servers: {},
    config: {
      assertionKeyFile,
      servers: [
        { ...server('files', proxy.url), takesAssertions: true },
        server('crm', stranger.url),
        { ...server('real', real.url), takesAssertions: true },
      ],
    },
  };
  fleet = await startTestFleet(options);
});

afterAll(async () => {
  await fleet.stop();
  await Promise.all([proxy.stop(), stranger.stop(), real.stop()]);
  keys.remove();
});

beforeEach(() => {
  for (const server of [proxy, stranger]) {
    server.received.length = 0;
    server.script = () => false;
  }
});

/** Who calls, by what each of the requests brought. */
async function callersOf(received: readonly ReceivedRequest[]): Promise<unknown[]> {
  const verifier = await keys.verifier();
  return Promise.all(received.map(async ({ request }) =>
    verifier.verify(request.headers['cdk8s-mcp-assertion'] as string)));
}

/** Everything that a client can do in a session. */
async function runSession(client: RawClient, tool: string): Promise<void> {
  await client.initialize();
  await client.post(client.request('tools/list'));
  await client.call(tool);
  await client.delete();
}

describe('a server that takes assertions', () => {
  it.each([['its own route', 'files', 'x'], ['the fleet', '/mcp', 'files__x']])(
    'is told by every request through %s who calls', async (_what, path, tool) => {
      await runSession(await fleet.client(path, { sub: 'ada' }), tool);
      const methods = proxy.received.map(({ request, method }) => method ?? request.method);
      expect(methods).toEqual(['initialize', 'notifications/initialized', 'tools/list', 'tools/call', 'DELETE']);
      const caller = { issuer: fleet.issuer.issuer, subject: 'ada' };
      expect(await callersOf(proxy.received)).toEqual(methods.map(() => caller));
    });

  it('gets the same assertion with each call of a caller, and another one for another caller', async () => {
    const [ada, bob] = [await fleet.client('files', { sub: 'ada' }), await fleet.client('files', { sub: 'bob' })];
    for (const client of [ada, ada, bob]) {
      await client.call('x');
    }
    const [first, second, third] = proxy.received.map(({ request }) => request.headers['cdk8s-mcp-assertion']);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('is told who gave up a call that took too long', async () => {
    proxy.script = ({ method }) => method === 'tools/call' ? undefined : false;
    const config = { ...options.config, limits: { callSeconds: 0.3 } };
    const impatient = await fleet.startReplica({ ...options, config });
    const { url } = await fleet.client('files');
    const client = new RawClient(url.replace(fleet.gateway.url, impatient.url), {
      authorization: `Bearer ${await fleet.token({ sub: 'ada' })}`,
    });
    await client.call('x');
    await vi.waitFor(() => expect(proxy.received.at(-1)!.method).toBe('notifications/cancelled'));
    expect((await callersOf(proxy.received)).at(-1)).toMatchObject({ subject: 'ada' });
  });

  it('never gets what a client sends as one', async () => {
    const client = await fleet.client('files', { sub: 'ada' });
    await client.post(client.toolCall('x'), { 'cdk8s-mcp-assertion': 'forged' });
    expect(await callersOf(proxy.received)).toEqual([{ issuer: fleet.issuer.issuer, subject: 'ada' }]);
  });
});

describe('our proxy', () => {
  it('serves callers of the gateway, and refuses whoever comes past it', async () => {
    const client = await fleet.client('real', { sub: 'ada' });
    await client.initialize();
    expect(await client.callForText('echo', { text: 'hello' })).toContain('hello');
    const intruder = new RawClient(real.url);
    const refused = await intruder.post(intruder.request('initialize'));
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('cdk8s-mcp-assertion') as string } });
  });

  it('refuses what was meant for another server', async () => {
    await (await fleet.client('files', { sub: 'ada' })).call('x');
    const stolen = String(proxy.received[0]!.request.headers['cdk8s-mcp-assertion']);
    const server = new RawClient(real.url, { 'cdk8s-mcp-assertion': stolen });
    expect((await server.post(server.request('initialize'))).status).toBe(401);
  });

  it('knows no session of another caller', async () => {
    const signer = await keys.signer();
    const clientOf = async (subject: string) => new RawClient(real.url, {
      'cdk8s-mcp-assertion': await signer.sign({ issuer: fleet.issuer.issuer, subject }, 'real'),
    });
    const [ada, bob] = [await clientOf('ada'), await clientOf('bob')];
    await ada.initialize();
    bob.sessionId = ada.sessionId;
    expect((await bob.post(bob.toolCall('pid'))).status).toBe(404);
    expect((await ada.post(ada.toolCall('pid'))).status).toBe(200);
  });
});

describe('a server that does not take assertions', () => {
  it('gets none, the client\'s neither', async () => {
    const client = await fleet.client('crm', { sub: 'ada' });
    await client.post(client.toolCall('x'), { 'cdk8s-mcp-assertion': 'forged' });
    expect(stranger.received).toHaveLength(1);
    expect(stranger.received[0]!.request.headers).not.toHaveProperty('cdk8s-mcp-assertion');
  });
});

it('assertions and keys are in no log, not even when a server refuses them', async () => {
  proxy.script = ({ response }) => void response.writeHead(401).end();
  const client = await fleet.client('files', { sub: 'ada' });
  expect((await client.post(client.toolCall('x'))).status).toBe(502);
  const assertion = String(proxy.received.at(-1)!.request.headers['cdk8s-mcp-assertion']);
  const written = JSON.stringify(fleet.log) + fleet.auditText();
  expect(written).not.toContain(assertion.split('.')[2]);
  expect(written).not.toContain(keys.keys.privateKey.d);
});

it('a configuration with a server that takes assertions needs a key', () => {
  const { error } = gatewayConfigSchema.safeParse({
    listen: '127.0.0.1:0', admin: '127.0.0.1:0', publicUrl: 'https://mcp.example.com',
    authentication: { issuers: [{ issuer: 'https://auth.example.com' }] },
    policy: { directory: '/policy' }, sessionKeysFile: '/keys.json',
    servers: [{ name: 'files', namespace: 'core', tier: 'core', url: 'http://files:8080/mcp', takesAssertions: true }],
  });
  expect(error?.issues).toMatchObject([
    { path: ['assertionKeyFile'], message: 'is needed: there are servers that take assertions' },
  ]);
});
