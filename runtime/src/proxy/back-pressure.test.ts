import { describe, expect, it, vi } from 'vitest';
import { allMessages, textOf } from '../testing/raw-client';
import { startTestProxy, type TestProxy } from './testing/test-proxy';

const MESSAGES = 400;
const CHARACTERS = 100_000;

/** Waits until a count no longer grows. */
async function settled(count: () => number): Promise<number> {
  let last = -1;
  await vi.waitFor(() => {
    const before = last;
    last = count();
    expect(last).toBeGreaterThan(0);
    expect(last).toBe(before);
  }, { timeout: 20_000, interval: 500 });
  return last;
}

function floodCount(proxy: TestProxy): number {
  return proxy.log.filter(({ stderr }) => String(stderr).startsWith('flood')).length;
}

describe('a client that does not read', () => {
  it('makes its server wait, and nobody else', async () => {
    const proxy = await startTestProxy();
    const client = proxy.client();
    await client.initialize();
    const response = await client.post(client.toolCall('flood', { messages: MESSAGES, characters: CHARACTERS }));
    expect(await settled(() => floodCount(proxy))).toBeLessThan(MESSAGES / 2);

    const other = proxy.client();
    await other.initialize();
    expect(await other.callForText('echo', { text: 'not held up' })).toBe('not held up');

    const messages = await allMessages(response);
    expect(messages).toHaveLength(MESSAGES + 1);
    expect(textOf(messages.at(-1)!)).toBe(`sent ${MESSAGES}`);
  });

  it('and leaves lets its server go on', async () => {
    const proxy = await startTestProxy();
    const client = proxy.client();
    await client.initialize();
    const leave = new AbortController();
    await client.post(client.toolCall('flood', { messages: MESSAGES, characters: CHARACTERS }), {}, leave.signal);
    await settled(() => floodCount(proxy));
    leave.abort();
    expect(await client.callForText('echo', { text: 'next' })).toBe('next');
  });
});

describe('a server that does not read', () => {
  /** Answers `initialize`, and reads on when it gets SIGUSR2. */
  const STUBBORN = `
    let input = '';
    process.stdin.on('data', (chunk) => {
      input += chunk;
      const lines = input.split('\\n');
      input = lines.pop();
      for (const { id, method } of lines.map((line) => JSON.parse(line))) {
        if (id !== undefined) {
          const result = { protocolVersion: '2025-11-25', pid: process.pid };
          console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
        }
        if (method === 'initialize') {
          process.stdin.pause();
        }
      }
    });
    process.on('SIGUSR2', () => process.stdin.resume());
    setInterval(() => {}, 1000);`;

  async function startStubborn(callSeconds: number) {
    const proxy = await startTestProxy({
      connector: { type: 'child', command: [process.execPath, '-e', STUBBORN] }, limits: { callSeconds },
    });
    const client = proxy.client();
    const pid = Number((await client.initialize()).result?.pid);
    // More than the pipe holds.
    const filler = { jsonrpc: '2.0', method: 'notifications/filler', params: { text: 'x'.repeat(1_000_000) } };
    expect((await client.post(filler)).status).toBe(202);
    return { proxy, client, pid };
  }

  it('makes requests wait before their bodies are read', async () => {
    const { proxy, client, pid } = await startStubborn(30);
    let isAnswered = false;
    const ping = client.post(client.request('ping')).then((response) => {
      isAnswered = true;
      return response.status;
    });
    // Another session begins meanwhile.
    await proxy.client().initialize();
    expect(isAnswered).toBe(false);
    process.kill(pid, 'SIGUSR2');
    expect(await ping).toBe(200);
  });

  it('is not waited for longer than a call may take', async () => {
    const { client } = await startStubborn(0.3);
    const response = await client.post(client.request('ping'));
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: { code: -32001 } });
  });

  it('is not waited for when it ends', async () => {
    const { proxy, client, pid } = await startStubborn(30);
    const ping = client.post(client.request('ping'));
    // Another session begins meanwhile.
    await proxy.client().initialize();
    process.kill(pid, 'SIGKILL');
    expect((await ping).status).toBe(404);
  });
});
