import { describe, expect, it, vi } from 'vitest';
import type { RawClient } from '../testing/raw-client';
import { startTestProxy } from './testing/test-proxy';

/** A server written by hand, which answers as the code says; SDKs would not let it. */
function server(onMessage: string): { connector: { type: 'child'; command: string[] } } {
  return {
    connector: {
      type: 'child',
      command: [process.execPath, '-e', `
        const send = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }));
        const initialized = (version) => ({ protocolVersion: version, capabilities: { tools: {} }, serverInfo: { name: 'odd', version: '1' } });
        require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
          const { id, method, params } = JSON.parse(line);
          ${onMessage}
        });
      `],
    },
  };
}

async function statusOf(client: RawClient, message: object): Promise<number> {
  return (await client.post(message)).status;
}

describe('a server that answers nonsense', () => {
  it('takes no other session down: a revision that is no text', async () => {
    const proxy = await startTestProxy(server(`
      if (method === 'initialize') send({ id, result: initialized(params.protocolVersion) });
      else if (id !== undefined) send({ id, result: {} });
    `));
    const bystander = proxy.client();
    await bystander.initialize();
    await proxy.client().post({
      jsonrpc: '2.0', id: 1, method: 'initialize',
      params: { protocolVersion: { toString: 1 }, capabilities: {}, clientInfo: { name: 'm', version: '1' } },
    });
    expect(await statusOf(bystander, bystander.request('ping'))).toBe(200);
  });

  it('takes no other session down: an error code that is no number', async () => {
    const proxy = await startTestProxy(server(`
      if (method === 'initialize') send({ id, result: initialized('2025-11-25') });
      else if (method === 'tools/call') send({ id, error: { code: { toString: 1 }, message: 'x' } });
      else if (id !== undefined) send({ id, result: {} });
    `));
    const [bystander, victim] = [proxy.client(), proxy.client()];
    await Promise.all([bystander.initialize(), victim.initialize()]);
    const leave = new AbortController();
    const call = victim.post(victim.toolCall('any'), {}, leave.signal).catch(() => undefined);
    await vi.waitFor(() => expect(proxy.log.some(({ msg }) => msg.startsWith('skipped a line'))).toBe(true));
    expect(await statusOf(bystander, bystander.request('ping'))).toBe(200);
    leave.abort();
    await call;
  });
});

describe('an answer that comes after its call was cancelled', () => {
  it('is never taken for that of another call with the same id', async () => {
    const proxy = await startTestProxy(server(`
      if (method === 'initialize') send({ id, result: initialized('2025-11-25') });
      else if (method === 'tools/list') global.late = () => send({ id, result: { tools: [{ name: 'secret' }] } });
      else if (method === 'notifications/message') global.late();
      else if (id !== undefined) send({ id, result: { pong: true } });
    `));
    const client = proxy.client();
    await client.initialize();
    const list = client.post({ jsonrpc: '2.0', id: 'r0', method: 'tools/list' });
    // The server has the list call once it has answered what came after it.
    expect(await statusOf(client, client.request('ping'))).toBe(200);
    await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'r0' } });
    expect(await (await list).text()).not.toContain('secret');
    const reuse = { jsonrpc: '2.0', id: 'r0', method: 'ping' };
    expect(await statusOf(client, reuse)).toBe(400);
    await client.post({ jsonrpc: '2.0', method: 'notifications/message', params: {} });
    await client.post(client.request('ping'));
    // Its answer has come and was dropped: now the id is free again.
    const pong = await client.post(reuse);
    expect(await pong.json()).toEqual({ jsonrpc: '2.0', id: 'r0', result: { pong: true } });
  });
});
