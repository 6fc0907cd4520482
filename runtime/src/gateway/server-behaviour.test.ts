import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeSseEvent } from '../mcp/sse';
import { sendJson } from '../platform/http';
import { allMessages, lastMessage, messagesOf, type RawClient, type ReceivedMessage } from '../testing/raw-client';
import { startScriptedServer, type ReceivedRequest, type ScriptedServer } from './testing/scripted-server';
import { auditRecord, startTestFleet, type TestFleet } from './testing/test-fleet';

const POLICY = `
permit (principal, action == Mcp::Action::"discover", resource);
permit (principal, action == Mcp::Action::"tools/call", resource == Mcp::Tool::"s/good");
`;
const LIST = { tools: [{ name: 'good' }, { name: 'bad' }] };

let server: ScriptedServer;
let fleet: TestFleet;
let client: RawClient;
/** One for each test: its audit records are found by it. */
let subject: string;
let tests = 0;

beforeAll(async () => {
  server = await startScriptedServer();
  fleet = await startTestFleet({
    policy: POLICY, servers: { s: server.url }, config: { limits: { callSeconds: 1 } },
  });
});

afterAll(async () => {
  await fleet.stop();
  await server.stop();
});

beforeEach(async () => {
  server.script = () => false;
  server.received.length = 0;
  subject = `user-${++tests}`;
  client = await fleet.client('s', { sub: subject });
  await client.initialize();
});

const text = (id: unknown, result: object) => JSON.stringify({ jsonrpc: '2.0', id, result });

/** Lets the server answer calls and lists, and nothing else, like this. */
function answer(script: (received: ReceivedRequest) => unknown): void {
  server.script = (received) => received.method?.startsWith('tools/') === true ? script(received) : false;
}

function stream({ response }: ReceivedRequest, ...events: string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  events.forEach((event) => response.write(event));
}

const outcomeOf = async (method: string) => (await auditRecord(
  fleet, (record) => record.method === method && record.principal?.subject === subject)).outcome;

describe('what a server gets to see', () => {
  it('is its own session id and what MCP needs, never the token or cookies', async () => {
    await client.post(client.toolCall('good'), {
      'cookie': 'a=b', 'x-api-key': 'secret', 'traceparent': `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      'mcp-protocol-version': '2025-06-18',
    });
    const { request, body } = server.received.at(-1)!;
    expect(JSON.parse(body)).toMatchObject({ method: 'tools/call', params: { name: 'good' } });
    expect(request.headers).toEqual({
      'host': new URL(server.url).host,
      'connection': 'keep-alive',
      'content-type': 'application/json',
      'accept': 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
      'mcp-session-id': 'upstream-session',
      'traceparent': `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      'content-length': String(Buffer.byteLength(body)),
    });
  });

  it('is the client\'s message, byte by byte', async () => {
    const message = '{ "jsonrpc":"2.0", "id":9007199254740991, "method":"tools/call",'
      + ' "params":{"name":"good","arguments":{"n":1.0,"big":12345678901234567890}} }';
    await client.post(message);
    expect(server.received.at(-1)!.body).toBe(message);
  });
});

describe('what a client gets to see', () => {
  it('is a session id that says nothing of the server\'s', () => {
    expect(client.sessionId).toMatch(/^eyJ/);
    expect(client.sessionId).not.toContain('upstream-session');
  });

  it('is the server\'s answer, byte by byte', async () => {
    answer(({ id, response }) => response.writeHead(200, {
      'content-type': 'application/json', 'set-cookie': 'a=b', 'server': 'x', 'mcp-session-id': 'upstream-session',
    }).end(`{"jsonrpc":"2.0", "result":{"n":1.0}, "id":${id}}`));
    const response = await client.post(client.toolCall('good'));
    expect(await response.text()).toMatch(/^\{"jsonrpc":"2.0", "result":\{"n":1.0\}, "id":\d+\}$/);
    expect([...response.headers.keys()].sort())
      .toEqual(['connection', 'content-type', 'date', 'keep-alive', 'transfer-encoding']);
  });

  it.each([
    ['JSON', ({ id, response }: ReceivedRequest) => sendJson(response, 200, { jsonrpc: '2.0', id, result: LIST })],
    ['events', (received: ReceivedRequest) => {
      stream(received, ': hello\n\n', encodeSseEvent('{"jsonrpc":"2.0","method":"notifications/message"}'));
      received.response.end(encodeSseEvent(text(received.id, LIST)));
    }],
  ])('is a filtered list when it comes as %s', async (_as, script) => {
    answer(script);
    const answered = await lastMessage(await client.post(client.request('tools/list')));
    expect(answered.result).toEqual({ tools: [{ name: 'good' }] });
  });

  it('is a filtered list when a stream brings it later', async () => {
    server.script = (received) =>
      received.request.method === 'GET' && stream(received, encodeSseEvent(text(1, LIST), '7'));
    const messages = messagesOf(await client.get({ 'last-event-id': '6' }));
    expect(((await messages.next()).value as ReceivedMessage).result).toEqual({ tools: [{ name: 'good' }] });
    await messages.return(undefined);
    expect(server.received.at(-1)!.request.headers['last-event-id']).toBe('6');
  });

  it.each([
    ['HTML', 'text/html', '<li>bad</li>'],
    ['broken JSON', 'application/json', '{"result":{"tools":[{"name":"bad"}'],
  ])('is nothing of a list that is %s', async (_what, type, body) => {
    answer(({ response }) => response.writeHead(200, { 'content-type': type }).end(body));
    const response = await client.post(client.request('tools/list'));
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain('bad');
    expect(await outcomeOf('tools/list')).toBe('unavailable');
  });

  it.each([401, 403])('is no %s of the server: it would ask the user for another token', async (status) => {
    answer(({ response }) => response.writeHead(status, { 'www-authenticate': 'Bearer' }).end());
    const response = await client.post(client.toolCall('good'));
    expect(response.status).toBe(502);
    expect(response.headers.get('www-authenticate')).toBeNull();
  });

  it('is the server\'s 404 when it has lost the session', async () => {
    answer(({ response }) => sendJson(response, 404, {
      jsonrpc: '2.0', id: null, error: { code: -32001, message: 'gone' },
    }));
    expect((await client.post(client.toolCall('good'))).status).toBe(404);
    expect(await outcomeOf('tools/call')).toBe('session_not_found');
  });
});

describe('a server without sessions', () => {
  it('works without them', async () => {
    server.script = ({ id, method, response }) => method === 'initialize'
      && sendJson(response, 200, { jsonrpc: '2.0', id, result: { protocolVersion: '2025-11-25' } });
    const stateless = await fleet.client('s');
    await stateless.initialize();
    expect(stateless.sessionId).toBeUndefined();
    expect((await stateless.call('good')).result).toEqual({});
    expect(server.received.at(-1)!.request.headers['mcp-session-id']).toBeUndefined();
  });
});

describe('a call that takes too long', () => {
  it.each([
    ['before an answer', () => undefined],
    ['within a stream', (received: ReceivedRequest) => stream(received, ': waiting\n\n')],
  ])('ends %s with an error, and the server is told', async (_when, script) => {
    answer(script);
    const call = client.toolCall('good');
    const response = await client.post(call);
    expect(response.status).toBe(200);
    expect(await lastMessage(response)).toEqual({
      jsonrpc: '2.0', id: call.id, error: { code: -32001, message: 'Server s took too long' },
    });
    expect(await outcomeOf('tools/call')).toBe('timeout');
    await vi.waitFor(() => expect(JSON.parse(server.received.at(-1)!.body)).toMatchObject({
      method: 'notifications/cancelled', params: { requestId: call.id },
    }));
  });
});

describe('a server that dies in mid-call', () => {
  it('makes a JSON-RPC error of what was to be an answer', async () => {
    answer(({ response }) => response.destroy());
    const response = await client.post(client.toolCall('good'));
    expect(response.status).toBe(502);
    expect((await response.json() as ReceivedMessage).error?.code).toBe(-32000);
    expect(await outcomeOf('tools/call')).toBe('unavailable');
  });

  it('makes one within a stream', async () => {
    answer((received) => {
      stream(received, encodeSseEvent('{"jsonrpc":"2.0","method":"notifications/message"}'));
      setImmediate(() => received.response.destroy());
    });
    const call = client.toolCall('good');
    const messages = await allMessages(await client.post(call));
    expect(messages.at(-1)).toMatchObject({ id: call.id, error: { code: -32000 } });
  });

  it('breaks off an answer that had begun, for half of it is none', async () => {
    answer(({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 }).write('{"half":');
      setImmediate(() => response.destroy());
    });
    await expect(client.post(client.toolCall('good')).then((response) => response.text())).rejects.toThrow();
  });
});

describe('a client that goes away', () => {
  it('takes the server\'s stream with it', async () => {
    let closed: Promise<unknown> | undefined;
    server.script = (received) => {
      if (received.request.method === 'GET') {
        stream(received, ': open\n\n');
        closed = once(received.response, 'close');
      }
      return received.request.method === 'GET';
    };
    const leaving = new AbortController();
    await client.get({}, leaving.signal);
    expect(await fleet.metric('mcp_sessions_active{server="s"}')).toBe(1);
    leaving.abort();
    await closed;
    expect(await outcomeOf('GET')).toBe('disconnected');
    expect(await fleet.metric('mcp_sessions_active{server="s"}')).toBe(0);
  });

  it('while a call is in flight ends the wait for its answer', async () => {
    answer(() => undefined);
    const leaving = new AbortController();
    const call = client.post(client.toolCall('good'), {}, leaving.signal);
    await vi.waitFor(() => expect(server.received.at(-1)?.method).toBe('tools/call'));
    leaving.abort();
    await expect(call).rejects.toThrow();
    expect(await outcomeOf('tools/call')).toBe('disconnected');
  });

  it('that only reads slowly makes the server wait, not the gateway grow', async () => {
    const total = 64 * 1024 * 1024;
    let written = 0;
    answer(async ({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': total });
      const closed = once(response, 'close');
      for (const chunk = Buffer.alloc(64 * 1024, 'x'); written < total && !response.destroyed; written += chunk.length) {
        if (!response.write(chunk)) {
          await Promise.race([new Promise((resolve) => response.once('drain', resolve)), closed]);
        }
      }
      response.end();
    });
    const leaving = new AbortController();
    const response = await client.post(client.toolCall('good'), {}, leaving.signal);
    const reader = response.body!.getReader();
    await reader.read();
    let before = -1;
    await vi.waitFor(() => {
      const same = written === before;
      before = written;
      expect(same).toBe(true);
    }, { interval: 100 });
    expect(written).toBeLessThan(total / 2);
    leaving.abort();
  });
});

describe('a stream', () => {
  it('ends when the token does', async () => {
    server.script = (received) => received.request.method === 'GET' && stream(received, ': open\n\n');
    const shortLived = await fleet.client('s', { sub: subject, exp: Math.floor(Date.now() / 1000) + 2 });
    await shortLived.initialize();
    expect(await allMessages(await shortLived.get())).toEqual([]);
    expect(await outcomeOf('GET')).toBe('expired');
  });
});
