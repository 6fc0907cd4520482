import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AddressMap } from '../platform/address-map';
import { closeServer } from '../platform/close-server';
import { listen } from '../platform/listen';
import { lastMessage } from '../testing/raw-client';
import { startTestProxy } from './testing/test-proxy';

const OLD_INITIALIZE = {
  jsonrpc: '2.0', id: 0, method: 'initialize',
  params: { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};

describe('protocol revisions', () => {
  async function startSession() {
    const client = (await startTestProxy()).client();
    await client.initialize();
    return client;
  }

  it.each(['2025-11-25', '2025-06-18', '2025-03-26'])('serves %s', async (revision) => {
    const client = await startSession();
    const response = await client.post(client.request('ping'), { 'mcp-protocol-version': revision });
    expect(response.status).toBe(200);
  });

  it('takes others for the era without sessions, and refuses what has not what that needs', async () => {
    const client = await startSession();
    for (const [revision, code] of [['2026-07-28', -32602], ['1999-01-01', -32022]] as const) {
      const response = await client.post(client.request('tools/list'), { 'mcp-protocol-version': revision });
      expect(response.status).toBe(400);
      expect((await lastMessage(response)).error?.code).toBe(code);
      for (const method of ['GET', 'DELETE']) {
        const headers = { 'mcp-session-id': client.sessionId!, 'mcp-protocol-version': revision };
        expect((await fetch(client.url, { method, headers })).status).toBe(405);
      }
    }
    expect((await client.post(client.request('ping'))).status).toBe(200);
  });

  it('takes 2026-07-28 named in the message only for that era, before it asks for a session', async () => {
    const proxy = await startTestProxy();
    const client = proxy.client();
    const response = await client.post(client.request('server/discover', {
      _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
    }));
    expect(response.status).toBe(400);
    expect(await lastMessage(response)).toMatchObject({ id: 1, error: { code: -32602 } });
  });

  it('serves the older revision that a session has agreed on', async () => {
    const proxy = await startTestProxy();
    const client = proxy.client();
    const response = await client.post(OLD_INITIALIZE);
    client.sessionId = response.headers.get('mcp-session-id')!;
    const old = { 'mcp-protocol-version': '2024-11-05' };
    expect((await client.post(client.request('ping'), old)).status).toBe(200);
    client.sessionId = undefined;
    expect((await client.post(OLD_INITIALIZE, old)).status).toBe(400);
  });
});

describe('web pages', () => {
  /** With fetch, Host cannot be set. */
  function statusFor(url: string, headers: Record<string, string>): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      request(url, { method: 'DELETE', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject).end();
    });
  }

  it('of strangers are refused', async () => {
    const proxy = await startTestProxy();
    for (const origin of ['https://example.com', 'null', 'http://localhost.example.com', 'http://127.0.0.1.example.com']) {
      expect(await statusFor(proxy.url, { origin }), origin).toBe(403);
    }
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1', 'https://[::1]:8443']) {
      expect(await statusFor(proxy.url, { origin }), origin).toBe(400);
    }
  });

  it('whose name was rebound to loopback are refused', async () => {
    const proxy = await startTestProxy();
    for (const host of ['example.com', 'localhost.example.com:80', 'files.core.svc']) {
      expect(await statusFor(proxy.url, { host }), host).toBe(403);
    }
    for (const host of ['localhost', 'localhost:1234', '[::1]:80']) {
      expect(await statusFor(proxy.url, { host }), host).toBe(400);
    }
  });

  it('may not keep the local run from using the names of the cluster', async () => {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'proxy-test-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'connect-to');
    writeFileSync(file, `files.core.svc:8080=127.0.0.1:${port}\ncrm.core.svc:8080=127.0.0.1:1\n`);
    const proxy = await startTestProxy({ listen: `127.0.0.1:${port}` }, { addressMap: AddressMap.fromFile(file) });
    expect(await statusFor(proxy.url, { host: 'files.core.svc:8080' })).toBe(400);
    expect(await statusFor(proxy.url, { host: 'crm.core.svc:8080' })).toBe(403);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  const port = Number(new URL(await listen(server, { host: '127.0.0.1', port: 0 })).port);
  await closeServer(server, 0);
  return port;
}
