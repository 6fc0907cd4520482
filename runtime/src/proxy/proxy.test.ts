import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { FIXTURE, isAlive, startTestProxy, untilReady } from './testing/test-proxy';

describe('stop', () => {
  it('lets calls in flight finish, and takes nobody new meanwhile', async () => {
    const proxy = await startTestProxy({ limits: { drainSeconds: 20 } });
    await untilReady(proxy);
    const client = proxy.client();
    await client.initialize();
    const idle = proxy.client();
    await idle.initialize();
    const stream = await idle.get();
    const call = client.callForText('sleep', { ms: 1000 });
    await client.call('echo', { text: 'the call before has arrived' });

    const stopped = proxy.stop();
    expect(await proxy.readiness()).toEqual({ status: 503, reason: 'the proxy is stopping' });
    const late = proxy.client();
    const refused = await late.post(late.request('initialize', {}));
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).not.toBeNull();

    expect(await call).toBe('slept 1000 ms');
    await stopped;
    await stream.text();
    expect(proxy.pids()).toHaveLength(3);
    expect(proxy.pids().filter(isAlive)).toEqual([]);
    await expect(fetch(proxy.url)).rejects.toThrow();
    await expect(fetch(`${proxy.adminUrl}/health`)).rejects.toThrow();
  });

  it('does not wait for longer than it may', async () => {
    const proxy = await startTestProxy({ limits: { drainSeconds: 0.2 } });
    const client = proxy.client();
    await client.initialize();
    const call = client.call('sleep', { ms: 60_000 });
    await client.call('echo', { text: 'the call before has arrived' });
    await proxy.stop();
    expect((await call).error).toMatchObject({ code: -32603, message: 'The server is shutting down' });
  });

  it('ends processes that are just starting', async () => {
    const proxy = await startTestProxy();
    const beginning = Array.from({ length: 3 }, () => proxy.client().initialize().catch(() => undefined));
    await vi.waitFor(() => expect(proxy.pids().length).toBeGreaterThan(0), { timeout: 5000 });
    await proxy.stop();
    await Promise.all(beginning);
    expect(proxy.pids().filter(isAlive)).toEqual([]);
  });
});

describe('readiness', () => {
  it('says that the server really answers, and leaves no process', async () => {
    const proxy = await startTestProxy();
    expect((await fetch(`${proxy.adminUrl}/health`)).status).toBe(200);
    await untilReady(proxy);
    await vi.waitFor(() => expect(proxy.pids().filter(isAlive)).toEqual([]), { timeout: 5000 });
    expect(proxy.pids()).toHaveLength(1);
  });

  it('comes when the server comes', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'proxy-test-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'ready');
    const proxy = await startTestProxy({
      connector: { type: 'child', command: ['sh', '-c', `test -e '${file}' || exit 4; exec "$@"`, 'sh', ...FIXTURE] },
    });
    await vi.waitFor(async () => expect(await proxy.readiness()).toEqual({
      status: 503, reason: 'the server cannot serve: its process ended (exit code 4)',
    }), { timeout: 5000 });
    expect((await fetch(`${proxy.adminUrl}/health`)).status).toBe(200);
    writeFileSync(file, '');
    await untilReady(proxy);
  });

  it('is not taken away by a client that makes the server fail', async () => {
    const server = `process.stdin.once('data', (line) => {
      const { id, params } = JSON.parse(line);
      if (params.clientInfo.name === 'raw') process.exit(1);
      console.log(JSON.stringify({ jsonrpc: '2.0', id, result: { protocolVersion: '2025-11-25' } }));
    });`;
    const proxy = await startTestProxy({ connector: { type: 'child', command: [process.execPath, '-e', server] } });
    await untilReady(proxy);
    const answer = await proxy.client().initialize();
    expect(answer.error).toMatchObject({ code: -32603 });
    expect(await proxy.readiness()).toMatchObject({ status: 200 });
  });
});

describe('metrics', () => {
  it('count tool calls and their failures, from 0 where tools are known', async () => {
    const proxy = await startTestProxy();
    const client = proxy.client();
    await client.initialize();
    await client.post(client.request('tools/list'));
    const requests = (tool: string) => proxy.metric(`mcp_tool_requests_total{server="fixture",tool="${tool}"}`);
    const errors = (tool: string, type: string) =>
      proxy.metric(`mcp_tool_errors_total{server="fixture",tool="${tool}",error_type="${type}"}`);
    expect(await requests('echo')).toBe(0);
    expect(await errors('fail', 'tool_error')).toBe(0);

    await client.call('echo', { text: 'x' });
    await client.call('fail');
    await client.post(client.request('tools/call', { name: 'echo', arguments: 'not an object' }));
    expect(await requests('echo')).toBe(2);
    expect(await errors('fail', 'tool_error')).toBe(1);
    expect(await errors('echo', '-32603') ?? await errors('echo', '-32602')).toBe(1);
  });

  it('count sessions, processes and how long calls take', async () => {
    const proxy = await startTestProxy();
    await untilReady(proxy);
    const processes = (state: string) => proxy.metric(`mcp_server_processes{server="fixture",state="${state}"}`);
    await vi.waitFor(async () => expect(await processes('stopping')).toBe(0), { timeout: 5000 });
    expect(await processes('running')).toBe(0);
    const client = proxy.client();
    await client.initialize();
    expect(await processes('running')).toBe(1);
    expect(await processes('starting')).toBe(0);
    expect(await proxy.metric('mcp_sessions_active{server="fixture"}')).toBe(1);
    await client.call('sleep', { ms: 120 });
    const duration = 'mcp_server_operation_duration_seconds';
    const labels = 'server="fixture",mcp_method_name="tools/call"';
    expect(await proxy.metric(`${duration}_count{${labels}}`)).toBe(1);
    expect(await proxy.metric(`${duration}_bucket{le="0.1",${labels}}`)).toBe(0);
    await client.call('crash');
    await vi.waitFor(async () => {
      expect(await Promise.all(['starting', 'running', 'stopping'].map(processes))).toEqual([0, 0, 0]);
    });
    expect(await proxy.metric('mcp_sessions_active{server="fixture"}')).toBe(0);
  });

  it('do not grow with names that clients make up', async () => {
    const proxy = await startTestProxy();
    const client = proxy.client();
    await client.initialize();
    await Promise.all(Array.from({ length: 300 }, (_, index) => client.call(`made up ${index}`)));
    const text = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
    expect(text.split('\n').filter((line) => line.startsWith('mcp_tool_requests_total{'))).toHaveLength(201);
  });
});
