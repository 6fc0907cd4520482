import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ReceivedMessage } from '../testing/raw-client';
import { startTestProxy, type TestProxy } from './testing/test-proxy';

async function startSession(options: { senderMs?: number } = {}) {
  const proxy = await startTestProxy({}, options);
  const client = proxy.client();
  await client.initialize();
  return { proxy, client };
}

/** Writes bytes to the proxy and gives what it answers until it closes the connection. */
async function rawAnswer(proxy: TestProxy, ...bytes: (string | Buffer)[]): Promise<string> {
  const { hostname, port } = new URL(proxy.url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  bytes.forEach((part) => socket.write(part));
  await once(socket, 'close');
  return answer;
}

function headers(more: string[], body = ''): string {
  return ['POST /mcp HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Connection: close', ...more, '', body]
    .join('\r\n');
}

describe('a body', () => {
  it.each([
    ['that is nested without end', '{"a":'.repeat(800_000), -32600],
    ['of nothing but brackets', '['.repeat(4_000_000), -32600],
    ['with a key that is repeated', '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', -32600],
    ['with __proto__', '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"__proto__":{"x":1}}}', -32600],
    ['with an id that not every parser reads alike', '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', -32600],
    ['with an id without end', `{"jsonrpc":"2.0","id":"${'x'.repeat(100_000)}","method":"ping"}`, -32600],
    ['with a member of another protocol', '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"x"}', -32600],
    ['that is request and response', '{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', -32600],
    ['with a byte order mark', '\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}', -32700],
  ])('%s is refused at once, and the session goes on', async (_what, body, code) => {
    const { client } = await startSession();
    const response = await client.post(body);
    expect(response.status).toBe(400);
    expect(((await response.json()) as ReceivedMessage).error?.code).toBe(code);
    expect(await client.callForText('echo', { text: 'still there' })).toBe('still there');
  });

  it('that is no UTF-8 is refused', async () => {
    const { proxy, client } = await startSession();
    const body = Buffer.concat([
      Buffer.from('{"jsonrpc":"2.0","id":1,"method":"pi'), Buffer.from([0xc3, 0x28]), Buffer.from('"}'),
    ]);
    const head = headers([`Mcp-Session-Id: ${client.sessionId}`, `Content-Length: ${body.length}`]);
    const answer = await rawAnswer(proxy, head, body);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('-32700');
  });

  it('as deep as arguments may be reaches the server', async () => {
    const { client } = await startSession();
    const deep = `${'['.repeat(400)}${']'.repeat(400)}`;
    const response = await client.post('{"jsonrpc":"2.0","id":"deep","method":"tools/call","params":'
      + `{"name":"echo","arguments":{"text":"x","more":${deep}}}}`);
    expect(((await response.json()) as ReceivedMessage).result).toBeDefined();
  });
});

describe('headers', () => {
  it.each(['mcp-session-id', 'mcp-protocol-version', 'last-event-id'])('that contradict each other are refused: %s', async (name) => {
    const { proxy, client } = await startSession();
    const values = name === 'mcp-session-id' ? [client.sessionId!, 'other'] : ['2025-11-25', '2025-06-18'];
    const body = JSON.stringify(client.request('ping'));
    const answer = await rawAnswer(proxy, headers(
      [...values.map((value) => `${name}: ${value}`), `Content-Length: ${Buffer.byteLength(body)}`], body));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain(`the header ${name} must have one value`);
  });

  it.each([
    ['two lengths', ['Content-Length: 2', 'Content-Length: 40']],
    ['a length and chunks', ['Content-Length: 2', 'Transfer-Encoding: chunked']],
    ['an encoding in disguise', ['Transfer-Encoding: xchunked']],
    ['a length that is none', ['Content-Length: +2']],
    ['a space before the colon', ['Content-Length : 2']],
    ['a folded line', ['X-A: b', ' c: d', 'Content-Length: 2']],
  ])('that hide a second request are refused: %s', async (_how, more) => {
    const { proxy } = await startSession();
    const answer = await rawAnswer(proxy, headers(more, '{}POST /mcp HTTP/1.1\r\n\r\n'));
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  });

  it('that are too large are refused', async () => {
    const { proxy } = await startSession();
    expect(await rawAnswer(proxy, headers([`X-Large: ${'x'.repeat(20_000)}`]))).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('a client that sends slowly', () => {
  it('is not waited for: its headers', async () => {
    const { proxy, client } = await startSession({ senderMs: 500 });
    expect(await rawAnswer(proxy, 'POST /mcp HTTP/1.1\r\nHost: localhost\r\n')).toMatch(/^HTTP\/1\.1 408 /);
    expect(await client.callForText('echo', { text: 'still there' })).toBe('still there');
  });

  it('is not waited for: its body', async () => {
    const { proxy, client } = await startSession({ senderMs: 500 });
    const answer = await rawAnswer(proxy, headers(
      [`Mcp-Session-Id: ${client.sessionId}`, 'Content-Length: 100'], '{"jsonrpc":"2.0"'));
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('The request has not come within 0.5 s');
    expect(await client.callForText('echo', { text: 'still there' })).toBe('still there');
  });
});
