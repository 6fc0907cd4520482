import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ASSERTION_HEADER } from '../../../../lib/contract/assertions';
import type { ProxyConfigInput } from '../../../../lib/contract/proxy-config';
import { ModernClient, type Exchange } from '../../../../test/support/modern-client';
import { AssertionFixture } from '../../auth/assertions/testing/assertion-fixture';
import { isAlive, startTestProxy, untilReady, type TestProxy } from '../testing/test-proxy';

let keys: AssertionFixture;

beforeAll(async () => {
  keys = await AssertionFixture.create();
});

afterAll(() => keys.remove());

async function start(limits: object = {}, config: Partial<ProxyConfigInput> = {}): Promise<TestProxy> {
  const proxy = await startTestProxy({ assertionKeys: keys.publicFile, limits, ...config });
  await untilReady(proxy);
  return proxy;
}

function clientOf(proxy: TestProxy, subject: string, capabilities: object = {}): ModernClient {
  return new ModernClient(proxy.url, async () => {
    const signer = await keys.signer();
    return { [ASSERTION_HEADER]: await signer.sign({ issuer: 'https://auth.example.com', subject }, 'fixture') };
  }, capabilities);
}

const textOf = ({ result }: Exchange) => (result.content as { text: string }[])[0]!.text;

/** Calls that answer as soon as they are aborted. */
function sleeping(client: ModernClient): { end(): void } {
  const leaving = new AbortController();
  client.post(client.toolCall('sleep', { ms: 60_000 }), {}, leaving.signal).catch(() => undefined);
  return { end: () => leaving.abort() };
}

const inFlight = (proxy: TestProxy) => proxy.metric('mcp_tool_requests_total{server="fixture",tool="sleep"}');

describe('the processes of a server of before', () => {
  it('keep the state of one caller, apart from that of others', async () => {
    const proxy = await start();
    const [alice, bob] = [clientOf(proxy, 'alice'), clientOf(proxy, 'bob')];
    expect(textOf(await alice.call('increment'))).toBe('1');
    expect(textOf(await alice.call('increment'))).toBe('2');
    expect(textOf(await bob.call('increment'))).toBe('1');
  });

  it('are one for each call of a caller whom nobody knows, and gone after it', async () => {
    const proxy = await startTestProxy();
    await untilReady(proxy);
    const stranger = new ModernClient(proxy.url, () => Promise.resolve({}));
    const pids = [textOf(await stranger.call('pid')), textOf(await stranger.call('pid'))].map(Number);
    expect(new Set(pids).size).toBe(2);
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 5000 });
  });

  it('of such a caller do not stay when it has left before they were there', async () => {
    const proxy = await startTestProxy();
    await untilReady(proxy);
    const leaving = new AbortController();
    const stranger = new ModernClient(proxy.url, () => Promise.resolve({}));
    const left = stranger.post(stranger.toolCall('pid'), {}, leaving.signal).catch(() => undefined);
    await vi.waitFor(async () =>
      expect(await proxy.metric('mcp_server_processes{server="fixture",state="starting"}')).toBe(1));
    leaving.abort();
    await left;
    await vi.waitFor(() => expect(proxy.pids().length).toBe(2), { timeout: 5000 });
    await vi.waitFor(() => expect(proxy.pids().filter(isAlive)).toEqual([]), { timeout: 5000 });
  });

  it('are one for everybody where that is wanted', async () => {
    const proxy = await start({}, { isolation: 'shared' });
    expect(textOf(await clientOf(proxy, 'alice').call('increment'))).toBe('1');
    expect(textOf(await clientOf(proxy, 'bob', { sampling: {} }).call('increment'))).toBe('2');
  });

  it('that may ask have one call at a time, and another begins when one is busy', async () => {
    const proxy = await start();
    const client = clientOf(proxy, 'alice', { elicitation: {} });
    const first = textOf(await client.call('pid'));
    const call = sleeping(client);
    await vi.waitFor(async () => expect(await inFlight(proxy)).toBe(1));
    expect(textOf(await client.call('pid'))).not.toBe(first);
    call.end();
  });

  it('that a call may still be asking for are not used again after it was cancelled', async () => {
    const proxy = await start();
    const client = clientOf(proxy, 'alice', { elicitation: {} });
    const first = Number(textOf(await client.call('pid')));
    const call = sleeping(client);
    await vi.waitFor(async () => expect(await inFlight(proxy)).toBe(1));
    call.end();
    await vi.waitFor(() => expect(isAlive(first)).toBe(false), { timeout: 5000 });
    expect(Number(textOf(await client.call('pid')))).not.toBe(first);
  });

  it('end when nobody has needed them for a while', async () => {
    const proxy = await start({ idleSeconds: 0.3 });
    const pid = Number(textOf(await clientOf(proxy, 'alice').call('pid')));
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 });
  });

  it('make room for those of another caller when they are idle', async () => {
    const proxy = await start({ processes: 1 });
    const pid = Number(textOf(await clientOf(proxy, 'alice').call('pid')));
    expect(textOf(await clientOf(proxy, 'bob').call('increment'))).toBe('1');
    expect(isAlive(pid)).toBe(false);
  });

  it('are started ahead if that is wanted', async () => {
    const proxy = await start({ spareProcesses: 1 });
    // The readiness probe had one, too.
    await vi.waitFor(() => expect(proxy.pids().length).toBe(2), { timeout: 5000 });
    const spare = proxy.pids()[1];
    expect(Number(textOf(await clientOf(proxy, 'alice').call('pid')))).toBe(spare);
  });
});

describe('limits', () => {
  it('of processes in use are an error that says when to come back', async () => {
    const proxy = await start({ processes: 1 });
    const call = sleeping(clientOf(proxy, 'alice'));
    await vi.waitFor(async () => expect(await inFlight(proxy)).toBe(1));
    const response = await clientOf(proxy, 'bob').post(clientOf(proxy, 'bob').toolCall('pid'));
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    call.end();
  });

  it('of the queue for a process are an error, too', async () => {
    const proxy = await start({ processesPerPrincipal: 1, queuedCalls: 1 });
    const client = clientOf(proxy, 'alice', { elicitation: {} });
    const calls = [sleeping(client), sleeping(client)];
    await vi.waitFor(async () => expect(await inFlight(proxy)).toBe(2));
    expect((await client.call('pid')).status).toBe(503);
    calls.forEach((call) => call.end());
  });

  it('of processes are for each caller, whatever capabilities its requests declare', async () => {
    const proxy = await start({ processesPerPrincipal: 2 });
    const pids = new Set<string>();
    for (const capability of ['a', 'b', 'c', 'd', 'e']) {
      pids.add(textOf(await clientOf(proxy, 'alice', { experimental: { [capability]: {} } }).call('pid')));
    }
    expect(pids.size).toBe(5);
    const alive = () => [...pids].map(Number).filter(isAlive).length;
    await vi.waitFor(() => expect(alive()).toBeLessThanOrEqual(2), { timeout: 5000 });
  });

  it('of calls are for each caller', async () => {
    const proxy = await start({ callsPerPrincipal: 2 });
    const alice = clientOf(proxy, 'alice');
    const calls = [sleeping(alice), sleeping(alice)];
    await vi.waitFor(async () => expect(await inFlight(proxy)).toBe(2));
    expect((await alice.call('pid')).status).toBe(429);
    expect((await clientOf(proxy, 'bob').call('pid')).status).toBe(200);
    calls.forEach((call) => call.end());
    await vi.waitFor(async () => expect((await alice.call('pid')).status).toBe(200), { timeout: 5000 });
  });

  it('of parked calls are for each caller', async () => {
    const proxy = await start({ parkedCallsPerPrincipal: 1 });
    const client = clientOf(proxy, 'alice', { elicitation: {} });
    expect((await client.call('ask', { question: 'Who?' })).result.resultType).toBe('input_required');
    expect((await client.call('ask', { question: 'Who?' })).status).toBe(429);
    const other = clientOf(proxy, 'bob', { elicitation: {} });
    expect((await other.call('ask', { question: 'Who?' })).result.resultType).toBe('input_required');
  });

  it('of time for a call end it with an error', async () => {
    const proxy = await start({ callSeconds: 0.5 });
    const answer = await clientOf(proxy, 'alice').call('sleep', { ms: 60_000 });
    expect(answer.error?.message).toContain('did not answer within 0.5 s');
  });

  it('of time for an answer of the caller make the call be forgotten', async () => {
    const proxy = await start({ answerSeconds: 0.3 });
    const client = clientOf(proxy, 'alice', { elicitation: {} });
    const request = client.toolCall('ask', { question: 'Who?' });
    const asked = await client.send(request);
    expect(asked.result.resultType).toBe('input_required');
    // Without answers a retry that is in time is asked again.
    await vi.waitFor(async () => expect((await client.retry(request, asked, {})).error?.code).toBe(-32602));
  });
});
