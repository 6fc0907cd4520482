import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunningProxy } from '../proxy/proxy';
import { messagesOf, RawClient, type ReceivedMessage } from '../testing/raw-client';
import { startFixtureServer } from './testing/fixture-server';
import { SDKS } from '../testing/sdk-clients';
import { startTestFleet, type TestFleet, type TestFleetOptions } from './testing/test-fleet';

const POLICY = `
permit (principal in Mcp::Group::"support", action == Mcp::Action::"discover", resource == Mcp::Server::"files");
permit (principal in Mcp::Group::"support", action == Mcp::Action::"tools/call", resource == Mcp::Tool::"files/echo");
permit (principal in Mcp::Group::"engineering", action, resource);
forbid (principal, action == Mcp::Action::"tools/call", resource == Mcp::Tool::"files/crash");
`;
const SUPPORT = { sub: 'sam', groups: ['support'] };
const ENGINEERING = { sub: 'ada', groups: ['engineering'] };

let files: RunningProxy;
let options: TestFleetOptions;
let fleet: TestFleet;

beforeAll(async () => {
  files = await startFixtureServer('files');
  options = { policy: POLICY, servers: { files: files.url, secret: files.url } };
  fleet = await startTestFleet(options);
});

afterAll(async () => {
  await fleet.stop();
  await files.stop();
});

async function startSession(claims = ENGINEERING, server = 'files'): Promise<RawClient> {
  const client = await fleet.client(server, claims);
  await client.initialize({ elicitation: {}, sampling: {} });
  return client;
}

/** Status and body of a response. */
const seen = async (response: Response) => ({ status: response.status, body: await response.text() });

describe.each(SDKS)('the client of %s', (_name, connect) => {
  const connectAs = async (claims: typeof SUPPORT) =>
    connect(`${fleet.gateway.url}/servers/files/mcp`, await fleet.token(claims));

  it('sees and calls what it may', async () => {
    const client = await connectAs(SUPPORT);
    expect(await client.tools()).toEqual(['echo']);
    expect(await client.prompts()).toEqual([]);
    expect(await client.resources()).toEqual([]);
    expect(await client.call('echo', { text: 'hello' })).toBe('hello');
    await expect(client.call('pid')).rejects.toThrow('Unknown tool: pid');
  });

  it('sees what another may', async () => {
    const client = await connectAs(ENGINEERING);
    const tools = await client.tools();
    expect(tools).toContain('pid');
    expect(tools).not.toContain('crash');
    expect(await client.prompts()).toEqual(['greet']);
    expect(await client.resources()).toEqual(['test://readme']);
  });

  it('is asked by the server, and sees progress and log messages', async () => {
    const client = await connectAs(ENGINEERING);
    expect(await client.call('ask', { question: 'Who?' })).toBe('Hello, Ada');
    expect(await client.call('sample', { prompt: 'Say something' })).toBe('sampled');
    const steps: number[] = [];
    await client.call('progress', { steps: 3 }, (progress) => steps.push(progress));
    expect(steps).toEqual([1, 2, 3]);
    await client.call('notify', { message: 'after the call' });
    await vi.waitFor(() => expect(client.logged).toContain('after the call'), { timeout: 5000 });
  });

  it('ends its session', async () => {
    const client = await connectAs(ENGINEERING);
    await client.terminate();
    await expect(client.call('pid')).rejects.toThrow();
  });
});

describe('what the caller may not use', () => {
  it('is answered as if it did not exist', async () => {
    const client = await startSession(SUPPORT);
    const ask = async (method: string, params: object) =>
      (await (await client.post(client.request(method, params))).json() as ReceivedMessage).error;
    expect(await ask('tools/call', { name: 'pid' })).toEqual({ code: -32602, message: 'Unknown tool: pid' });
    expect(await ask('tools/call', { name: 'none' })).toEqual({ code: -32602, message: 'Unknown tool: none' });
    expect(await ask('prompts/get', { name: 'greet' })).toEqual({ code: -32602, message: 'Unknown prompt: greet' });
    expect(await ask('resources/read', { uri: 'test://readme' }))
      .toEqual({ code: -32602, message: 'Unknown resource: test://readme' });
    expect(await ask('completion/complete', { ref: { type: 'ref/prompt', name: 'greet' } }))
      .toEqual({ code: -32602, message: 'Unknown prompt: greet' });
    expect(await ask('tasks/list', {})).toEqual({ code: -32601, message: 'Method not found: tasks/list' });
  });

  it('is not reached by a message that reads differently elsewhere', async () => {
    const client = await startSession(SUPPORT);
    const params = '{"name":"echo","Name":"pid","arguments":{"text":"x"}}';
    const response = await client.post(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`);
    expect(response.status).toBe(400);
    expect((await response.json() as ReceivedMessage).error?.code).toBe(-32600);
  });

  it('is a whole server: its route is that of a server that does not exist', async () => {
    const hidden = await fleet.client('secret', SUPPORT);
    const missing = await fleet.client('missing', SUPPORT);
    const initialize = hidden.request('initialize', { protocolVersion: '2025-11-25' });
    for (const ask of [(client: RawClient) => client.post(initialize), (client: RawClient) => client.get()]) {
      const answer = await seen(await ask(hidden));
      expect(answer).toEqual(await seen(await ask(missing)));
      expect(answer.status).toBe(404);
    }
  });
});

describe('a session', () => {
  it('is served by every replica of the gateway in turn', async () => {
    const client = await startSession();
    const replica = await fleet.startReplica(options);
    const other = new RawClient(`${replica.url}/servers/files/mcp`, {
      authorization: `Bearer ${await fleet.token(ENGINEERING)}`,
    });
    other.sessionId = client.sessionId;
    for (const [index, turn] of [client, other, client, other].entries()) {
      expect(await turn.callForText('increment')).toBe(String(index + 1));
    }
    const messages = messagesOf(await client.post(client.toolCall('ask', { question: 'Who?' })));
    const question = (await messages.next()).value as ReceivedMessage;
    const answer = { jsonrpc: '2.0', id: question.id, result: { action: 'accept', content: { name: 'Eve' } } };
    expect((await other.post(answer)).status).toBe(202);
    expect(((await messages.next()).value as ReceivedMessage).result).toEqual({
      content: [{ type: 'text', text: 'Hello, Eve' }],
    });
  });

  it('is not found by another user, on another route, or when its id is altered', async () => {
    const client = await startSession();
    const stranger = await fleet.client('files', { sub: 'eve', groups: ['engineering'] });
    const elsewhere = await fleet.client('secret', ENGINEERING);
    const altered = await fleet.client('files', ENGINEERING);
    stranger.sessionId = client.sessionId;
    elsewhere.sessionId = client.sessionId;
    const [header, ...rest] = client.sessionId!.split('..');
    altered.sessionId = [header, rest.join('..').replace(/./, (first) => first === 'A' ? 'B' : 'A')].join('..');
    for (const intruder of [stranger, elsewhere, altered]) {
      for (const response of [
        await intruder.post(intruder.toolCall('pid')), await intruder.get(), await intruder.delete(),
      ]) {
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ error: { code: -32001, message: 'Session not found' } });
      }
    }
    expect(await client.callForText('increment')).toBe('1');
  });

  it('ends with DELETE', async () => {
    const client = await startSession();
    expect((await client.delete()).status).toBe(200);
    expect((await client.post(client.toolCall('pid'))).status).toBe(404);
  });

  it('does not see the state of another', async () => {
    const [one, two] = await Promise.all([startSession(), startSession()]);
    await one.callForText('increment');
    expect(await one.callForText('increment')).toBe('2');
    expect(await two.callForText('increment')).toBe('1');
  });
});

describe('a server\'s replica that is gone', () => {
  it('ends its sessions with 404, and a new one finds no server: 503', async () => {
    const mortal = await startFixtureServer('mortal');
    const small = await startTestFleet({ policy: 'permit (principal, action, resource);', servers: { mortal: mortal.url } });
    try {
      const client = await small.client('mortal');
      await client.initialize();
      await mortal.stop();
      expect((await client.post(client.toolCall('pid'))).status).toBe(404);
      const response = await client.post(client.request('initialize', { protocolVersion: '2025-11-25' }));
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ error: { code: -32000, message: 'Server mortal cannot be reached' } });
    } finally {
      await small.stop();
      await mortal.stop();
    }
  });
});
