import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TASKS_EXTENSION } from '../../runtime/src/bridge/call-task';
import { LOSSES_META_KEY } from '../../runtime/src/bridge/losses';
import { META } from '../../runtime/src/bridge/request-meta';
import { HEADER } from '../../runtime/src/mcp/headers';
import { ERROR_CODE } from '../../runtime/src/mcp/json-rpc';
import { ALL_REVISIONS, MODERN_REVISION } from '../../runtime/src/mcp/versions';
import { FIXTURE as LEGACY_SERVER } from '../../runtime/src/proxy/testing/test-proxy';
import { LOG_MESSAGES, PROGRESS_STEPS, SERVER_INFO } from '../fixtures/conformance/offers';
import { SEED, useFixtures } from '../support/fixture-proxies';
import { textOf, type Exchange, type ModernClient } from '../support/modern-client';
import { SharedProxy, SLOW_SERVER } from '../support/shared-proxy';

// Requests of 2026-07-28, to a server of the same revision and to one of before.

const PATIENCE = { timeout: 10_000 };

const behindProxy = useFixtures();

const dataOf = ({ notifications }: Exchange) => notifications.map(({ params }) => params?.data);

describe.each(['sdk1-legacy', 'sdk2-modern'] as const)(`a request to the fixture %s (seed ${SEED})`, (fixture) => {
  const { names: { tools, resources }, proxy } = behindProxy(fixture);

  it.each([
    ['another method', { 'mcp-method': 'tools/list' }],
    ['another name', { 'mcp-name': 'another' }],
    ['a name in broken Base64', { 'mcp-name': '=?base64?%%%?=' }],
    ['another revision', { [HEADER.PROTOCOL_VERSION]: '2025-11-25' }],
  ])('is refused when its headers name %s', async (_what, headers) => {
    const client = proxy().modern();
    const refused = await client.send(client.toolCall(tools.simpleText), headers);
    expect(refused).toMatchObject({ status: 400, error: { code: ERROR_CODE.HEADER_MISMATCH } });
  });

  it('is refused when an argument differs from the header that mirrors it', async () => {
    const client = proxy().modern();
    await client.send(client.request('tools/list'));
    const call = client.toolCall(tools.mirroredArgument, { region: 'Zürich' });
    const encoded = `=?base64?${Buffer.from('Zürich').toString('base64')}?=`;
    expect(textOf(await client.send(call, { 'mcp-param-region': encoded }))).toBe('region=Zürich');
    const refused = await client.send(call, { 'mcp-param-region': 'Bern' });
    expect(refused).toMatchObject({ status: 400, error: { code: ERROR_CODE.HEADER_MISMATCH } });
  });

  it('is refused when it is of a revision that does not exist', async () => {
    const client = proxy().modern();
    const revision = '2099-01-01';
    const refused = await client.send(client.request('tools/list', {}, { [META.PROTOCOL_VERSION]: revision }),
      { [HEADER.PROTOCOL_VERSION]: revision });
    expect(refused).toMatchObject({
      status: 400,
      error: { code: ERROR_CODE.UNSUPPORTED_PROTOCOL_VERSION, data: { supported: ALL_REVISIONS, requested: revision } },
    });
  });

  it('is refused when it does not say what its client can do, or has a method of before', async () => {
    const client = proxy().modern();
    const silent = await client.send(client.request('tools/list', {}, { [META.CLIENT_CAPABILITIES]: undefined }));
    expect(silent).toMatchObject({ status: 400, error: { code: ERROR_CODE.INVALID_PARAMS } });
    for (const method of ['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'no/such/method']) {
      const refused = await client.send(client.request(method));
      expect(refused).toMatchObject({ status: 404, error: { code: ERROR_CODE.METHOD_NOT_FOUND } });
    }
  });

  it('is a POST, whatever session it names', async () => {
    const credentials = await proxy().credentialsOf(proxy().newcomer())();
    const headers = { ...credentials, [HEADER.PROTOCOL_VERSION]: MODERN_REVISION };
    for (const method of ['GET', 'DELETE']) {
      const response = await fetch(proxy().url, { method, headers });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    }
    const client = proxy().modern();
    const answer = await client.send(client.request('tools/list'), { [HEADER.SESSION_ID]: 'no-such-session' });
    expect(answer.status).toBe(200);
  });

  it('learns what the server is', async () => {
    const client = proxy().modern();
    const { result } = await client.send(client.request('server/discover'));
    expect(result).toMatchObject({
      supportedVersions: ALL_REVISIONS,
      capabilities: { tools: { listChanged: true }, logging: {} },
      _meta: { [META.SERVER_INFO]: SERVER_INFO },
    });
    // The fixture has nothing that this bridge would lose.
    expect(result._meta).not.toHaveProperty(LOSSES_META_KEY);
  });

  it('is told what it may keep for how long', async () => {
    const client = proxy().modern();
    for (const method of ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']) {
      const { result } = await client.send(client.request(method));
      expect(result).toMatchObject({ resultType: 'complete', ttlMs: 0, cacheScope: 'private' });
    }
  });

  it('does not find a resource that is not there', async () => {
    const client = proxy().modern();
    const refused = await client.send(client.request('resources/read', { uri: 'none://at/all' }));
    expect(refused.error).toMatchObject({ code: ERROR_CODE.INVALID_PARAMS, data: { uri: 'none://at/all' } });
  });

  it('has progress and log messages on its stream if it asks for them, and nothing if it does not', async () => {
    const client = proxy().modern();
    const progressing = await client.call(tools.progress, {}, { progressToken: 'my token' });
    expect(progressing.notifications.map(({ params }) => [params?.progressToken, params?.progress]))
      .toEqual(PROGRESS_STEPS.map((step) => ['my token', step]));
    expect((await client.call(tools.progress)).notifications).toEqual([]);
    expect(dataOf(await client.call(tools.logging, {}, { [META.LOG_LEVEL]: 'info' }))).toEqual(LOG_MESSAGES);
    expect(dataOf(await client.call(tools.logging, {}, { [META.LOG_LEVEL]: 'warning' }))).toEqual([]);
    expect(dataOf(await client.call(tools.logging))).toEqual([]);
  });

  it('may listen for changes, which name the subscription', async () => {
    const client = proxy().modern();
    const request = client.request('subscriptions/listen', {
      notifications: { toolsListChanged: true, resourceSubscriptions: [resources.watched] },
    });
    const subscription = { _meta: { [META.SUBSCRIPTION_ID]: request.id } };
    const exchange = await client.open(request);
    expect(await exchange.next()).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { ...subscription, notifications: request.params.notifications as object },
    });
    await client.call(tools.changePrompts);
    await client.call(tools.touchResource);
    expect(await exchange.next()).toMatchObject({
      method: 'notifications/resources/updated', params: { ...subscription, uri: resources.watched },
    });
    await client.call(tools.changeTools);
    expect(await exchange.next()).toMatchObject({ method: 'notifications/tools/list_changed', params: subscription });
    exchange.leave();
    await expect(exchange.next()).rejects.toThrow();
  });

  it('does not hear of what the server does not tell', async () => {
    const client = proxy().modern();
    const request = client.request('subscriptions/listen', { notifications: { unknown: true } });
    const exchange = await client.open(request);
    const acknowledged = await exchange.next();
    expect(acknowledged?.params?.notifications).toEqual({});
    exchange.leave();
  });
});

describe(`what a bridge does not carry (seed ${SEED})`, () => {
  const lossesOf = async (proxy: SharedProxy) => {
    const client = proxy.modern();
    const { result } = await client.send(client.request('server/discover'));
    return (result._meta as Record<string, unknown>)[LOSSES_META_KEY];
  };
  const shared = behindProxy('sdk1-legacy', { isolation: 'shared' });
  const stripped = behindProxy('sdk1-legacy', { isolation: 'principal', roots: 'strip' });

  it('is told to who asks what the server can do', async () => {
    const features = ['logging', 'sampling', 'elicitation', 'roots'];
    expect(await lossesOf(shared.proxy())).toEqual(features.map((feature) => ({ feature, reason: 'shared-process' })));
    expect(await lossesOf(stripped.proxy())).toEqual([{ feature: 'roots', reason: 'withheld' }]);
  });
});

describe.each([['of before', LEGACY_SERVER], ['of 2026-07-28', SLOW_SERVER]])('a call to a server %s', (_era, command) => {
  let proxy: SharedProxy;
  beforeAll(async () => {
    proxy = await SharedProxy.start({ connector: { type: 'child', command } });
  });
  afterAll(() => proxy.stop());

  it('is cancelled when its client goes away', async () => {
    const client = proxy.modern();
    const before = proxy.cancellations();
    const leaving = new AbortController();
    const response = client.post(client.toolCall('sleep', { ms: 60_000 }), {}, leaving.signal);
    await untilInFlight(proxy, client);
    leaving.abort();
    await expect(response).rejects.toThrow();
    await vi.waitFor(() => expect(proxy.cancellations()).toBe(before + 1), PATIENCE);
  });

  it('fails when the server dies, and the next one does not', async () => {
    const client = proxy.modern();
    const pid = textOf(await client.call('pid'));
    const dying = client.call('sleep', { ms: 60_000 });
    await untilInFlight(proxy, client);
    process.kill(Number(pid), 'SIGKILL');
    expect((await dying).error?.message).toBe('The server\'s process ended (signal SIGKILL)');
    expect(textOf(await client.call('pid'))).not.toBe(pid);
  });
});

/** Waits until the server answers a call that was sent after another one of the same caller. */
async function untilInFlight(proxy: SharedProxy, client: ModernClient): Promise<void> {
  await client.call('pid');
  expect(await proxy.processes()).toBeGreaterThan(0);
}

describe('callers whom nobody knows', () => {
  let proxy: SharedProxy;
  beforeAll(async () => {
    proxy = await SharedProxy.start({ connector: { type: 'child', command: LEGACY_SERVER } }, { isOpen: true });
  });
  afterAll(() => proxy.stop());

  it('have a process for each call', async () => {
    const client = proxy.modern({ elicitation: {} });
    const pids = await Promise.all([1, 2, 3].map(async () => textOf(await client.call('pid'))));
    expect(new Set(pids).size).toBe(3);
    expect(textOf(await client.call('increment'))).toBe('1');
    expect(textOf(await client.call('increment'))).toBe('1');
    const request = client.toolCall('ask', { question: 'Who?' });
    const asked = await client.send(request);
    expect(textOf(await client.retry(request, asked))).toBe('Hello, Ada');
    await vi.waitFor(async () => expect(await proxy.processes()).toBe(0), PATIENCE);
  });
});

describe('a call that takes long', () => {
  let proxy: SharedProxy;
  let client: ModernClient;
  let slow: Promise<Exchange>;
  let endless: Promise<Exchange>;
  beforeAll(async () => {
    proxy = await SharedProxy.start({ connector: { type: 'child', command: LEGACY_SERVER } });
    client = proxy.modern({ extensions: { [TASKS_EXTENSION]: {} } });
    slow = client.call('sleep', { ms: 10_500 });
    endless = client.call('sleep', { ms: 60_000 });
  });
  afterAll(() => proxy.stop());

  const ofTask = (method: string, { result: { taskId } }: Exchange) => client.send(client.request(method, { taskId }));

  it('becomes a task where its client knows tasks', async () => {
    const task = await slow;
    expect(task.result).toMatchObject({ resultType: 'task', status: 'working' });
    const stranger = proxy.modern({ extensions: { [TASKS_EXTENSION]: {} } });
    const refused = await stranger.send(stranger.request('tasks/get', { taskId: task.result.taskId }));
    expect(refused.error?.code).toBe(ERROR_CODE.INVALID_PARAMS);
    await vi.waitFor(async () => {
      expect((await ofTask('tasks/get', task)).result).toMatchObject({
        resultType: 'complete', status: 'completed', result: { content: [{ type: 'text', text: 'slept 10500 ms' }] },
      });
    }, PATIENCE);
  });

  it('may be cancelled then', async () => {
    const task = await endless;
    expect(await ofTask('tasks/cancel', task)).toMatchObject({ result: { resultType: 'complete' } });
    await vi.waitFor(() => expect(proxy.cancellations()).toBe(1), PATIENCE);
    expect((await ofTask('tasks/get', task)).result).toMatchObject({ status: 'cancelled' });
  });
});
