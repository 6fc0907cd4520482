import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendJson } from '../../platform/http';
import { startFixtureServer } from '../testing/fixture-server';
import { ENGINEERING, MixedFleet, ODD, answerTo, toolsOf } from '../testing/mixed-fleet';
import { startTestFleet } from '../testing/test-fleet';

let mixed: MixedFleet;

beforeAll(async () => {
  mixed = await MixedFleet.start();
});

afterAll(() => mixed.stop());

beforeEach(() => mixed.reset());

describe('a session with the fleet', () => {
  it('names itself, offers tools, and says which servers are missing', async () => {
    const client = await mixed.fleet.client('/mcp', ENGINEERING);
    const { result } = await client.initialize();
    expect(result).toEqual({
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'cdk8s-mcp', version: '0.0.0' },
      _meta: { 'cdk8s-mcp.dev/unavailable': ['dead'] },
    });
    expect(mixed.fleet.log).toContainEqual(expect.objectContaining({ server: 'dead', msg: 'server is left out of a session' }));
  });

  it('is one of the revision that the client asks for, or else the newest', async () => {
    const client = await mixed.fleet.client('/mcp', ODD);
    const open = (protocolVersion: string) => client.post(client.request('initialize', { protocolVersion }));
    expect(await answerTo(open('1999-01-01'))).toMatchObject({ result: { protocolVersion: '2025-11-25' } });
    const response = await open('2025-06-18');
    expect(await response.json()).toMatchObject({ result: { protocolVersion: '2025-06-18' } });
    client.sessionId = response.headers.get('mcp-session-id')!;
    await client.post(client.toolCall('scripted__x'), { 'mcp-protocol-version': '2025-06-18' });
    // The scripted server speaks no other revision than this one.
    expect(mixed.scripted.received.at(-1)!.request.headers['mcp-protocol-version']).toBe('2025-11-25');
  });

  it('passes on who the client is and what it can, except its roots', async () => {
    await mixed.startSession(ODD);
    const [initialize, initialized] = mixed.scripted.received;
    expect(JSON.parse(initialize!.body)).toMatchObject({
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25', clientInfo: { name: 'raw', version: '1' },
        capabilities: { elicitation: {}, sampling: {} },
      },
    });
    expect(initialize!.body).not.toContain('roots');
    expect(initialize!.request.headers.authorization).toBeUndefined();
    expect(initialized!.method).toBe('notifications/initialized');
    expect(initialized!.request.headers['mcp-session-id']).toBe('upstream-session');
  });

  it('is not begun when no server answers', async () => {
    mixed.scripted.script = ({ response }) => response.destroy();
    const client = await mixed.fleet.client('/mcp', ODD);
    const response = await client.post(client.request('initialize', { protocolVersion: '2025-11-25' }));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { message: 'Server scripted cannot be reached' } });
  });

  it('leaves out a server without tools', async () => {
    mixed.scripted.script = ({ id, method, response }) => method === 'initialize' && sendJson(response, 200, {
      jsonrpc: '2.0', id, result: { protocolVersion: '2025-11-25', capabilities: { prompts: {} } },
    }, { 'mcp-session-id': 'no-tools' });
    const client = await mixed.startSession(ODD);
    expect(mixed.scripted.received.at(-1)!.request).toMatchObject({ method: 'DELETE', headers: { 'mcp-session-id': 'no-tools' } });
    expect(await toolsOf(client)).toEqual([]);
  });

  it('is needed by everything but initialize, and is the caller\'s own', async () => {
    const client = await mixed.startSession();
    const stranger = await mixed.fleet.client('/mcp', { sub: 'eve', groups: ['engineering'] });
    expect((await stranger.post(stranger.request('tools/list'))).status).toBe(400);
    stranger.sessionId = client.sessionId;
    expect((await stranger.post(stranger.request('tools/list'))).status).toBe(404);
    expect((await stranger.delete()).status).toBe(404);
  });

  it('answers ping itself, has no stream, and knows no other methods', async () => {
    const client = await mixed.startSession();
    expect(await answerTo(client.post(client.request('ping')))).toMatchObject({ result: {} });
    const stream = await client.get();
    expect(stream.status).toBe(405);
    expect(stream.headers.get('allow')).toBe('POST, DELETE');
    for (const method of ['prompts/list', 'resources/read', 'logging/setLevel']) {
      expect(await answerTo(client.post(client.request(method)))).toMatchObject({ error: { code: -32601 } });
    }
  });

  it('is over as a whole when one server has lost its part', async () => {
    const client = await mixed.startSession(ODD);
    mixed.scripted.script = ({ response }) => response.writeHead(404).end();
    expect((await client.post(client.request('tools/list'))).status).toBe(404);
    expect((await client.post(client.toolCall('scripted__x'))).status).toBe(404);
  });
});

describe('a server that dies in mid-session', () => {
  it('takes only its own tools with it', async () => {
    const mortal = await startFixtureServer('mortal');
    const small = await startTestFleet({
      policy: 'permit (principal, action, resource);', servers: { files: mixed.files.url, mortal: mortal.url },
    });
    try {
      const client = await small.client('/mcp');
      await client.initialize();
      expect(await toolsOf(client)).toContain('mortal__echo');
      await mortal.stop();
      const tools = await toolsOf(client);
      expect(tools).toContain('files__echo');
      expect(tools).not.toContain('mortal__echo');
      expect(await answerTo(client.post(client.toolCall('mortal__pid')))).toMatchObject({ error: { code: -32000 } });
      expect(await client.callForText('files__increment')).toBe('1');
    } finally {
      await small.stop();
      await mortal.stop();
    }
  });
});

describe('a fleet that is too large for one session', () => {
  it('says so, and what to do', async () => {
    const large = await startTestFleet({
      policy: 'permit (principal, action, resource);',
      servers: Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`server-${index}`, mixed.scripted.url])),
    });
    try {
      const client = await large.client('/mcp');
      const { error } = await answerTo(client.post(client.request('initialize', { protocolVersion: '2025-11-25' })));
      expect(error!.message).toMatch(/^The fleet is too large for one session, use its servers' own routes: .*90 servers/);
      expect(mixed.scripted.received.filter(({ request }) => request.method === 'DELETE')).toHaveLength(90);
    } finally {
      await large.stop();
    }
  });
});
