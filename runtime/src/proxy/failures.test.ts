import { describe, expect, it, vi } from 'vitest';
import { lastMessage } from '../testing/raw-client';
import { isAlive, startTestProxy, untilReady, type TestProxy } from './testing/test-proxy';

async function initialized(proxy: TestProxy) {
  const client = proxy.client();
  await client.initialize();
  return client;
}

const script = (code: string) => ({ connector: { type: 'child' as const, command: [process.execPath, '-e', code] } });

describe('a server process that dies in mid-call', () => {
  it('fails the calls in flight, ends the session, and leaves the others alone', async () => {
    const proxy = await startTestProxy();
    const client = await initialized(proxy);
    const other = await initialized(proxy);
    const sleeping = client.call('sleep', { ms: 60_000 });
    const answers = await Promise.all([sleeping, client.call('crash', { code: 3 })]);
    for (const { error } of answers) {
      expect(error).toMatchObject({ code: -32603, message: 'The server\'s process ended (exit code 3)' });
    }
    expect((await client.post(client.toolCall('pid'))).status).toBe(404);
    expect(await other.callForText('echo', { text: 'alive' })).toBe('alive');
    const next = await initialized(proxy);
    expect(await next.callForText('increment')).toBe('1');
    expect(await proxy.metric(
      'mcp_tool_errors_total{server="fixture",tool="crash",error_type="unavailable"}')).toBe(1);
  });

  it('killed from outside, is told by its signal', async () => {
    const proxy = await startTestProxy();
    const client = await initialized(proxy);
    const pid = Number(await client.callForText('pid'));
    const call = client.call('sleep', { ms: 60_000 });
    await client.call('echo', { text: 'the call before has arrived' });
    process.kill(pid, 'SIGKILL');
    expect((await call).error).toMatchObject({ code: -32603, message: 'The server\'s process ended (signal SIGKILL)' });
  });

  it('ends the stream of a session without calls', async () => {
    const proxy = await startTestProxy();
    const client = await initialized(proxy);
    const stream = await client.get();
    process.kill(Number(await client.callForText('pid')), 'SIGTERM');
    await stream.text();
    expect((await client.post(client.request('ping'))).status).toBe(404);
  });
});

describe('a server that does not start', () => {
  it('is an error of initialize when there is no such program', async () => {
    const proxy = await startTestProxy({ connector: { type: 'child', command: ['/no/such/program'] } });
    const response = await proxy.client().post(proxy.client().request('initialize', {}));
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ id: 1, error: { code: -32603, message: 'The server cannot be started' } });
    expect(proxy.log.find(({ msg }) => msg === 'cannot start the server')).toMatchObject({
      server: 'fixture', reason: expect.stringContaining('ENOENT') as string,
    });
    expect(await proxy.readiness()).toMatchObject({ status: 503, reason: expect.stringContaining('ENOENT') as string });
    expect(await proxy.metric('mcp_server_processes{server="fixture",state="starting"}')).toBe(0);
  });

  it('is an error of initialize when it ends at once', async () => {
    const proxy = await startTestProxy(script('process.exit(7)'));
    const response = await proxy.client().post(proxy.client().request('initialize', {}));
    expect(response.status).toBe(502);
    expect(response.headers.get('mcp-session-id')).toBeNull();
    expect((await lastMessage(response)).error?.message).toContain('exit code 7');
  });

  it('is a time-out of initialize when it does not answer', async () => {
    const proxy = await startTestProxy({ ...script('setInterval(() => {}, 1000)'), limits: { startSeconds: 0.3 } });
    const response = await proxy.client().post(proxy.client().request('initialize', {}));
    expect(response.status).toBe(504);
    expect((await lastMessage(response)).error).toMatchObject({ code: -32001 });
  });
});

describe('a server that does not keep to the protocol', () => {
  it('may print noise: it is logged and skipped', async () => {
    const proxy = await startTestProxy();
    const client = await initialized(proxy);
    expect(await client.callForText('noise')).toBe('made noise');
    expect(proxy.log).toContainEqual(expect.objectContaining({
      msg: 'skipped a line of the server\'s output', server: 'fixture', reason: 'not JSON', characters: 32,
    }));
    // What is no message may still be what a tool was to answer: its text is for debugging only.
    const shown = proxy.log.filter((line) => JSON.stringify(line).includes('this line is no JSON-RPC message'));
    expect(shown.map(({ level }) => level)).toEqual([20]);
  });

  it('may print noise without end: it is counted, and does not fill the log', async () => {
    const proxy = await startTestProxy();
    const client = await initialized(proxy);
    for (let call = 0; call < 10; call++) {
      await client.callForText('noise');
    }
    const lines = proxy.log.filter(({ msg }) => msg === 'skipped a line of the server\'s output');
    expect(lines.map(({ skipped, server }) => [skipped, server])).toEqual([1, 2, 4, 8].map((count) => [count, 'fixture']));
  });

  it('may answer nonsense: the proxy survives it', async () => {
    const answers = [
      '"result":{"tools":[null,1,{"name":2},{}]}', '"result":{"tools":7}', '"result":null', '"error":null,"result":1',
      '"error":{}', '"error":"no object"',
    ];
    const proxy = await startTestProxy({
      ...script(`
        const answers = ${JSON.stringify(answers)};
        require('node:readline').createInterface(process.stdin).on('line', (line) => {
          const { id, method } = JSON.parse(line);
          const answer = method === 'initialize' ? '"result":{"protocolVersion":"2025-11-25"}' : answers.shift();
          if (id !== undefined) console.log('{"jsonrpc":"2.0","id":' + id + ',' + answer + '}');
        });`),
      limits: { callSeconds: 0.5 },
    });
    const client = await initialized(proxy);
    for (const answer of answers) {
      expect((await client.post(client.request('tools/list'))).status, answer).toBe(200);
    }
  });

  it('fails its calls when an answer is too large, and goes on', async () => {
    const proxy = await startTestProxy({ limits: { messageBytes: 100_000 } });
    const client = await initialized(proxy);
    expect(await client.callForText('large', { characters: 90_000 })).toHaveLength(90_000);
    expect((await client.call('large', { characters: 200_000 })).error)
      .toMatchObject({ code: -32603, message: 'The server\'s answer is larger than 100000 bytes' });
    expect(await client.callForText('echo', { text: 'still there' })).toBe('still there');
  });

  it('writes to stderr into the log', async () => {
    const proxy = await startTestProxy();
    const client = await initialized(proxy);
    await client.call('log', { message: 'said on stderr' });
    expect(proxy.log).toContainEqual(expect.objectContaining({ stderr: 'said on stderr', server: 'fixture' }));
  });

  it('that closes its output is ended', async () => {
    const proxy = await startTestProxy(script('require("fs").closeSync(1); setInterval(() => {}, 1000)'));
    const response = await proxy.client().post(proxy.client().request('initialize', {}));
    expect(response.status).toBe(502);
  });
});

describe('limits', () => {
  it('a call without an answer fails, and the server learns that nobody waits', async () => {
    const proxy = await startTestProxy({ limits: { callSeconds: 0.3 } });
    const client = await initialized(proxy);
    expect((await client.call('sleep', { ms: 60_000 })).error).toMatchObject({ code: -32001 });
    await vi.waitFor(() => expect(proxy.log.map(({ stderr }) => stderr)).toContain('sleep was cancelled'));
    expect(await proxy.metric('mcp_tool_errors_total{server="fixture",tool="sleep",error_type="timeout"}')).toBe(1);
    expect(await client.callForText('echo', { text: 'next' })).toBe('next');
  });

  it('sessions beyond the limit are turned away until one ends', async () => {
    const proxy = await startTestProxy({ limits: { sessions: 2 } });
    const [first] = await Promise.all([initialized(proxy), initialized(proxy)]);
    const refused = await proxy.client().post(proxy.client().request('initialize', {}));
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await proxy.metric('mcp_sessions_active{server="fixture"}')).toBe(2);
    await first.delete();
    await initialized(proxy);
  });

  it('a session without traffic ends, but not while a call is in flight', async () => {
    const proxy = await startTestProxy({ limits: { idleSeconds: 0.5 } });
    const client = await initialized(proxy);
    expect(await client.callForText('sleep', { ms: 1200 })).toBe('slept 1200 ms');
    const pid = Number(await client.callForText('pid'));
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
    expect((await client.post(client.request('ping'))).status).toBe(404);
    expect(await proxy.metric('mcp_server_session_duration_seconds_count{server="fixture"}')).toBe(1);
  });

  it('a session whose client left before it began is ended', async () => {
    const proxy = await startTestProxy();
    await untilReady(proxy);
    const leave = new AbortController();
    const client = proxy.client();
    const begin = client.post(client.request('initialize', {
      protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' },
    }), {}, leave.signal);
    await vi.waitFor(async () => expect(await proxy.metric('mcp_sessions_active{server="fixture"}')).toBe(1));
    leave.abort();
    await expect(begin).rejects.toThrow();
    await vi.waitFor(async () => expect(await proxy.metric('mcp_sessions_active{server="fixture"}')).toBe(0));
  });
});

