import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { allMessages, lastMessage, textOf, type ReceivedMessage } from '../testing/raw-client';
import { startTestProxy } from './testing/test-proxy';

const INITIALIZE = {
  jsonrpc: '2.0', id: 0, method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};

async function startSession() {
  const proxy = await startTestProxy();
  const client = proxy.client();
  await client.initialize();
  return { proxy, client };
}

/** Status and error code of a refusal; fails when the body is no JSON-RPC error. */
async function refusal(response: Response) {
  const { error, id } = await response.json() as ReceivedMessage;
  expect(error?.message).toMatch(/\w/);
  return { status: response.status, code: error?.code, id };
}

describe('a session', () => {
  it('begins with initialize and an unguessable id', async () => {
    const proxy = await startTestProxy();
    const response = await proxy.client().post(INITIALIZE);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('mcp-session-id')).toMatch(/^[\w-]{32}$/);
    expect(await response.json()).toMatchObject({ id: 0, result: { serverInfo: { name: 'fixture' } } });
  });

  it('has a process of its own', async () => {
    const { proxy, client } = await startSession();
    const other = proxy.client();
    await other.initialize();
    expect(await client.callForText('increment')).toBe('1');
    expect(await client.callForText('increment')).toBe('2');
    expect(await other.callForText('increment')).toBe('1');
    expect(await client.callForText('pid')).not.toBe(await other.callForText('pid'));
  });

  it('ends with DELETE, and its process with it', async () => {
    const { proxy, client } = await startSession();
    const pid = Number(await client.callForText('pid'));
    expect((await client.delete()).status).toBe(200);
    expect(() => process.kill(pid, 0)).toThrow();
    expect(await refusal(await client.post(client.toolCall('pid')))).toEqual({ status: 404, code: -32001, id: null });
    expect((await client.get()).status).toBe(404);
    expect((await client.delete()).status).toBe(404);
    expect(await proxy.metric('mcp_sessions_active{server="fixture"}')).toBe(0);
  });

  it('answers the calls in flight when it ends', async () => {
    const { client } = await startSession();
    const call = client.call('sleep', { ms: 60_000 });
    await client.call('echo', { text: 'the call before has arrived' });
    await client.delete();
    expect((await call).error).toMatchObject({ code: -32603 });
  });

  it('is needed by everything but initialize', async () => {
    const proxy = await startTestProxy();
    const client = proxy.client();
    expect(await refusal(await client.post(client.request('tools/list')))).toEqual({ status: 400, code: -32000, id: 1 });
    expect((await client.post({ jsonrpc: '2.0', method: 'notifications/initialized' })).status).toBe(400);
    expect((await client.get()).status).toBe(400);
    expect((await client.delete()).status).toBe(400);
  });

  it('is initialized once', async () => {
    const { client } = await startSession();
    expect(await refusal(await client.post(INITIALIZE))).toEqual({ status: 400, code: -32600, id: 0 });
  });

  it('does not begin when the server refuses', async () => {
    const proxy = await startTestProxy();
    const response = await proxy.client().post({ ...INITIALIZE, params: {} });
    expect(response.headers.get('mcp-session-id')).toBeNull();
    expect((await lastMessage(response)).error).toBeDefined();
  });
});

describe('a message', () => {
  it('is answered by JSON when the answer comes first', async () => {
    const { client } = await startSession();
    const response = await client.post(client.toolCall('echo', { text: 'ü€😀' }));
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(textOf(await lastMessage(response))).toBe('ü€😀');
  });

  it('may have line breaks between its tokens', async () => {
    const { client } = await startSession();
    const pretty = JSON.stringify(client.toolCall('echo', { text: 'a\nb' }), null, 2).replaceAll('\n', '\r\n');
    expect(textOf(await lastMessage(await client.post(pretty)))).toBe('a\nb');
  });

  it('does not wait for others: calls in flight are answered in the order in which they are done', async () => {
    const { client } = await startSession();
    const done: string[] = [];
    await Promise.all([
      client.callForText('sleep', { ms: 500 }).then(() => done.push('slow')),
      client.callForText('echo', { text: 'x' }).then(() => done.push('quick')),
      client.call('no such tool').then(() => done.push('wrong')),
    ]);
    expect(done).toHaveLength(3);
    expect(done.at(-1)).toBe('slow');
  });

  it('is 202 without a body when it wants no answer', async () => {
    const { client } = await startSession();
    for (const message of [{ method: 'notifications/roots/list_changed' }, { id: 7, result: {} }]) {
      const response = await client.post({ jsonrpc: '2.0', ...message });
      expect(response.status).toBe(202);
      expect(await response.text()).toBe('');
    }
  });

  it('may not repeat the id of a call in flight', async () => {
    const { client } = await startSession();
    const sleeping = client.toolCall('sleep', { ms: 500 });
    const [first, second] = await Promise.all([client.post(sleeping), client.post(sleeping)]);
    const statuses = [first.status, second.status];
    expect(statuses.sort()).toEqual([200, 400]);
    expect(await refusal(first.status === 400 ? first : second)).toMatchObject({ code: -32600, id: sleeping.id });
  });

  it('is answered in the form that the client takes', async () => {
    const { client } = await startSession();
    const post = (accept: string) => client.post(client.toolCall('echo', { text: 'x' }), { accept });
    expect((await post('application/json')).headers.get('content-type')).toBe('application/json');
    expect((await post('*/*')).headers.get('content-type')).toBe('application/json');
    expect((await post('text/html')).headers.get('content-type')).toBe('application/json');
    const events = await post('text/event-stream');
    expect(events.headers.get('content-type')).toBe('text/event-stream');
    expect(events.headers.get('cache-control')).toBe('no-cache');
    expect(events.headers.get('x-accel-buffering')).toBe('no');
    expect((await allMessages(events)).map(textOf)).toEqual(['x']);
  });
});

describe('what is no message', () => {
  it.each([
    ['no JSON', '{"jsonrpc"', -32700],
    ['a batch', '[]', -32600],
    ['no JSON-RPC', '{"method":"ping","id":1}', -32600],
    ['an id that is null', '{"jsonrpc":"2.0","method":"ping","id":null}', -32600],
  ])('%s is refused', async (_name, body, code) => {
    const { client } = await startSession();
    expect(await refusal(await client.post(body))).toEqual({ status: 400, code, id: null });
  });

  it('another content type is refused', async () => {
    const { client } = await startSession();
    expect((await client.post('{}', { 'content-type': 'text/plain' })).status).toBe(415);
    const charset = { 'content-type': 'application/json; charset=utf-8' };
    expect((await client.post(client.request('ping'), charset)).status).toBe(200);
  });

  it('a body that is too large is refused, announced or not', async () => {
    const proxy = await startTestProxy({ limits: { bodyBytes: 10_000 } });
    const client = proxy.client();
    await client.initialize();
    const large = JSON.stringify(client.toolCall('echo', { text: 'x'.repeat(20_000) }));
    expect((await client.post(large)).status).toBe(413);
    const chunked = await new Promise((resolve) => {
      const post = request(proxy.url, {
        method: 'POST', headers: { 'content-type': 'application/json', 'mcp-session-id': client.sessionId },
      }, (response) => resolve(response.statusCode));
      post.on('error', resolve);
      post.write(large);
      post.end();
    });
    expect(chunked).toBe(413);
    expect(await client.callForText('echo', { text: 'still there' })).toBe('still there');
  });

  it('a body that breaks off is nobody\'s mistake', async () => {
    const { proxy, client } = await startSession();
    const post = request(proxy.url, {
      method: 'POST', headers: { 'content-type': 'application/json', 'mcp-session-id': client.sessionId },
    });
    const broken = new Promise((resolve) => post.on('error', resolve));
    post.write('{"jsonrpc":');
    await client.call('echo', { text: 'the request before has arrived' });
    post.destroy();
    await broken;
    await client.call('echo', { text: 'its end has arrived' });
    expect(proxy.log.filter(({ level }) => level === 50)).toEqual([]);
  });

  it('other methods and paths are refused', async () => {
    const { proxy, client } = await startSession();
    const put = await fetch(proxy.url, { method: 'PUT' });
    expect(put.status).toBe(405);
    expect(put.headers.get('allow')).toBe('GET, POST, DELETE');
    expect((await fetch(new URL('/', proxy.url))).status).toBe(404);
    expect((await client.get({ accept: 'application/json' })).status).toBe(406);
  });
});
