import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawClient, ReceivedMessage } from '../testing/raw-client';
import { startScriptedServer, type ScriptedServer } from './testing/scripted-server';
import { startTestFleet, type TestFleet } from './testing/test-fleet';

let server: ScriptedServer;
let fleet: TestFleet;
let client: RawClient;

beforeAll(async () => {
  server = await startScriptedServer();
  fleet = await startTestFleet({
    policy: 'permit (principal, action, resource);', servers: { files: server.url }, config: { limits: { bodyBytes: 1000 } },
  });
  client = await fleet.client('files');
  await client.initialize();
});

afterAll(async () => {
  await fleet.stop();
  await server.stop();
});

const errorOf = async (response: Response) => (await response.json() as ReceivedMessage).error;

/** Sends a body in chunks, without saying before how long it will be. */
async function postInChunks(chunks: number): Promise<{ status?: number; body: string }> {
  const token = await fleet.token();
  return new Promise((resolve, reject) => {
    const sending = request(`${fleet.gateway.url}/servers/files/mcp`, {
      method: 'POST', headers: { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' },
    }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => body += chunk.toString());
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    sending.on('error', reject);
    for (let chunk = 0; chunk < chunks; chunk++) {
      sending.write('x'.repeat(500));
    }
    sending.end();
  });
}

describe('a message that is too large', () => {
  it('is refused, whether it says so beforehand or not', async () => {
    const response = await client.post(client.toolCall('x'.repeat(2000)));
    expect(response.status).toBe(413);
    expect(await errorOf(response)).toEqual({ code: -32600, message: 'The message is larger than 1000 bytes' });
    const { status, body } = await postInChunks(10);
    expect(status).toBe(413);
    expect(JSON.parse(body)).toMatchObject({ error: { code: -32600 } });
  });
});

describe('a message that is none', () => {
  it.each([
    ['no JSON', 'hello', -32700],
    ['nothing', '', -32700],
    ['a batch', '[]', -32600],
    ['no JSON-RPC', '{"id":1}', -32600],
    ['a request that has lost its id', '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"x"}}', -32600],
  ])('is refused: %s', async (_what, body, code) => {
    const response = await client.post(body);
    expect(response.status).toBe(400);
    expect((await errorOf(response))?.code).toBe(code);
  });

  it.each(['/mcp', '/servers/files/mcp'])('of the revision without sessions is told what %s speaks', async (path) => {
    const modern = await fleet.client(path);
    const inMessage = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } };
    for (const response of [
      await modern.post(modern.request('tools/list'), { 'mcp-protocol-version': '2026-07-28' }),
      await modern.post(modern.request('server/discover', inMessage)),
    ]) {
      expect(response.status).toBe(400);
      expect(await errorOf(response)).toMatchObject({
        code: -32022, data: { supported: ['2025-11-25', '2025-06-18', '2025-03-26'], requested: '2026-07-28' },
      });
    }
  });
});

describe('headers', () => {
  it('may hold a large token and a large session id', async () => {
    const groups = Array.from({ length: 500 }, (_, index) => `group-${index}`);
    const large = await fleet.client('files', { groups });
    expect((await large.post(large.request('ping'), { 'mcp-session-id': 'x'.repeat(8000) })).status).toBe(404);
  });

  it('without end are refused', async () => {
    const response = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(fleet.gateway.url).port), '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => text += chunk.toString()).on('end', () => resolve(text)).on('error', reject);
      socket.write(`GET /mcp HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`);
    });
    expect(response).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('other methods', () => {
  it.each(['PUT', 'PATCH', 'OPTIONS', 'HEAD'])('%s is not allowed', async (method) => {
    const headers = { authorization: `Bearer ${await fleet.token()}` };
    for (const [path, allow] of [['/mcp', 'POST, DELETE'], ['/servers/files/mcp', 'GET, POST, DELETE'], ['/discover', 'GET']]) {
      const response = await fetch(fleet.gateway.url + path!, { method, headers });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe(allow);
    }
  });
});
