import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Isolation } from '../../lib/contract/proxy-config';
import { META } from '../../runtime/src/bridge/request-meta';
import { HEADER } from '../../runtime/src/mcp/headers';
import { ERROR_CODE } from '../../runtime/src/mcp/json-rpc';
import { SseParser } from '../../runtime/src/mcp/sse';
import { SESSION_REVISIONS } from '../../runtime/src/mcp/versions';
import { answerTo } from '../../runtime/src/testing/answers';
import { FIXTURE as LEGACY_SERVER } from '../../runtime/src/proxy/testing/test-proxy';
import { lastMessage, messagesOf, RawClient, textOf, type ReceivedMessage } from '../../runtime/src/testing/raw-client';
import { LOG_MESSAGES, SERVER_INFO } from '../fixtures/conformance/offers';
import { SEED, useFixtures } from '../support/fixture-proxies';
import { SharedProxy, SLOW_SERVER } from '../support/shared-proxy';

// Sessions of clients of before 2026-07-28 with a server that has none.

const PATIENCE = { timeout: 10_000 };
const EVERYTHING = { elicitation: {}, sampling: {}, roots: {} };

const behindProxy = useFixtures();

/** A call in whose middle the client has been asked. */
async function askedCall(client: RawClient, tool: string, args: object = {}) {
  const call = client.toolCall(tool, args);
  const leaving = new AbortController();
  const stream = messagesOf(await client.post(call, {}, leaving.signal));
  const next = async () => (await stream.next()).value as ReceivedMessage | undefined;
  return { call, next, question: (await next())!, leave: () => leaving.abort() };
}

function answer(client: RawClient, { id }: ReceivedMessage, said: { result: object } | { error: object }) {
  return client.post({ jsonrpc: '2.0', id, ...said });
}

describe.each(['session', 'principal', 'shared'] as Isolation[])(
  `a session with a server of 2026-07-28 in isolation %s (seed ${SEED})`, (isolation) => {
    const { names: { tools, resources }, proxy, pids } = behindProxy('sdk2-modern', { isolation });

    it('has the question on the stream of its call, and then the answer', async () => {
      const client = await proxy().session(EVERYTHING);
      const { next, question } = await askedCall(client, tools.elicit, { message: 'Who are you?' });
      expect(question).toMatchObject({ method: 'elicitation/create', params: { message: 'Who are you?' } });
      const taken = await answer(client, question, { result: answerTo(question.method!, question.params) });
      expect(taken.status).toBe(202);
      expect(textOf((await next())!)).toBe('action=accept, content={"username":"my username","email":"my email"}');
      expect(await next()).toBeUndefined();
    });

    it('tells the server what the client does not want to say', async () => {
      const client = await proxy().session(EVERYTHING);
      const { next, question } = await askedCall(client, tools.askName);
      await answer(client, question, { result: { action: 'decline' } });
      expect(textOf((await next())!)).toContain('action=decline');
      const sampling = await askedCall(client, tools.sample, { prompt: 'Say something' });
      await answer(client, sampling.question, { error: { code: -1, message: 'the user said no' } });
      expect(await sampling.next()).toMatchObject({ id: sampling.call.id, error: { message: expect.stringContaining('the user said no') as string } });
    });

    it('does not have questions that the client cannot answer', async () => {
      const client = await proxy().session({ elicitation: {} });
      const refused = await client.call(tools.sample, { prompt: 'Say something' });
      expect(refused.error?.message).toContain('sampling');
    });

    it('has no more of a call that the client has cancelled', async () => {
      const client = await proxy().session(EVERYTHING);
      const { call, next, question } = await askedCall(client, tools.askName);
      await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: call.id } });
      expect(await next()).toBeUndefined();
      expect((await answer(client, question, { result: { action: 'decline' } })).status).toBe(202);
      expect(await client.callForText(tools.simpleText)).toBe('This is a simple text response for testing.');
    });

    it('has the rest of a call whose connection broke', async () => {
      const client = await proxy().session(EVERYTHING);
      const leaving = new AbortController();
      const response = await client.post(client.toolCall(tools.askName), {}, leaving.signal);
      const events = eventsOf(response);
      await events.next();
      const { id: lastId, data } = (await events.next()).value!;
      const question = JSON.parse(data) as ReceivedMessage;
      leaving.abort();
      await expect(events.next()).rejects.toThrow();
      const resumed = messagesOf(await client.get({ [HEADER.LAST_EVENT_ID]: lastId! }));
      await answer(client, question, { result: answerTo(question.method!, question.params) });
      expect(textOf((await resumed.next()).value as ReceivedMessage)).toBe('action=accept, content={"name":"Ada"}');
    });

    it('hears of changes of what it has subscribed to', async () => {
      const client = await proxy().session();
      const heard: ReceivedMessage[] = [];
      const read = async (response: Response) => {
        for await (const message of messagesOf(response)) {
          heard.push(message);
        }
      };
      // What belongs to no call may come on any stream.
      const leaving = new AbortController();
      const standing = read(await client.get({}, leaving.signal));
      const send = async (method: string, params: object) => read(await client.post(client.request(method, params)));
      const told = (method: string) => heard.filter((message) => message.method === method);
      await send('resources/subscribe', { uri: resources.watched });
      await send('tools/call', { name: tools.touchResource });
      await vi.waitFor(() => expect(told('notifications/resources/updated')).toMatchObject([
        { params: { uri: resources.watched } },
      ]), PATIENCE);
      expect(JSON.stringify(heard)).not.toContain(META.SUBSCRIPTION_ID);
      await send('resources/unsubscribe', { uri: resources.watched });
      await send('tools/call', { name: tools.touchResource });
      await send('tools/call', { name: tools.changePrompts });
      await vi.waitFor(() => expect(told('notifications/prompts/list_changed')).toHaveLength(1), PATIENCE);
      expect(told('notifications/resources/updated')).toHaveLength(1);
      leaving.abort();
      await expect(standing).rejects.toThrow();
    });

    it('goes on when a process of the server dies', async () => {
      const client = await proxy().session(EVERYTHING);
      const call = client.toolCall(tools.progress, {}, { progressToken: 'token' });
      const messages = messagesOf(await client.post(call));
      expect((await messages.next()).value).toMatchObject({
        method: 'notifications/progress', params: { progressToken: 'token' },
      });
      pids().forEach((pid) => process.kill(pid, 'SIGKILL'));
      expect((await messages.next()).value).toMatchObject({
        id: call.id, error: { message: 'The server\'s process ended (signal SIGKILL)' },
      });
      expect(await client.callForText(tools.simpleText)).toBe('This is a simple text response for testing.');
    });
  });

async function* eventsOf(response: Response) {
  const parser = new SseParser();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    yield* parser.push(chunk);
  }
}

describe(`what a session is told of a server of 2026-07-28 (seed ${SEED})`, () => {
  const { names: { tools }, proxy } = behindProxy('sdk2-modern');

  it.each(SESSION_REVISIONS)('is told in the words of %s', async (protocolVersion) => {
    const client = new RawClient(proxy().url, await proxy().credentialsOf(proxy().newcomer())());
    const { result } = await lastMessage(await client.post(client.request('initialize', {
      protocolVersion, capabilities: {}, clientInfo: { name: 'raw', version: '1' },
    })));
    expect(result).toMatchObject({ protocolVersion, serverInfo: SERVER_INFO, capabilities: { logging: {} } });
    expect(result).not.toHaveProperty('ttlMs');
  });

  it('is what its revision knows', async () => {
    const client = await proxy().session();
    const ask = async (method: string, params?: object) =>
      lastMessage(await client.post(client.request(method, params)));
    expect(await ask('ping')).toMatchObject({ result: {} });
    expect(await ask('logging/setLevel', { level: 'loud' })).toMatchObject({ error: { code: ERROR_CODE.INVALID_PARAMS } });
    expect(await ask('server/discover')).toMatchObject({ error: { code: ERROR_CODE.METHOD_NOT_FOUND } });
    expect(await ask('resources/read', { uri: 'none://at/all' }))
      .toMatchObject({ error: { code: ERROR_CODE.RESOURCE_NOT_FOUND } });
    const { result } = await ask('tools/list');
    expect(Object.keys(result!)).not.toEqual(expect.arrayContaining(['resultType', 'ttlMs', 'cacheScope']));
  });

  it('has the log messages of a call on its stream, from the level that was set', async () => {
    const client = await proxy().session();
    await client.post(client.request('logging/setLevel', { level: 'info' }));
    const messages: ReceivedMessage[] = [];
    for await (const message of messagesOf(await client.post(client.toolCall(tools.logging)))) {
      messages.push(message);
    }
    expect(messages.map(({ method, params }) => [method, params?.data])).toEqual([
      ...LOG_MESSAGES.map((data) => ['notifications/message', data]), [undefined, undefined],
    ]);
  });
});

describe.each([['of before', LEGACY_SERVER], ['of 2026-07-28', SLOW_SERVER]])(
  'a call of a session to a server %s whose processes are shared by a principal', (_era, command) => {
    let proxy: SharedProxy;
    beforeAll(async () => {
      proxy = await SharedProxy.start({ isolation: 'principal', connector: { type: 'child', command } });
    });
    afterAll(() => proxy.stop());

    it('is cancelled by its client, and not by a connection that breaks', async () => {
      const client = await proxy.session();
      const leaving = new AbortController();
      const [kept, cancelled] = [client.toolCall('sleep', { ms: 500 }), client.toolCall('sleep', { ms: 60_000 })];
      const broken = client.post(kept, {}, leaving.signal);
      const ended = client.post(cancelled);
      await client.call('pid');
      leaving.abort();
      await expect(broken).rejects.toThrow();
      await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: cancelled.id } });
      await vi.waitFor(() => expect(proxy.cancellations()).toBe(1), PATIENCE);
      expect(await (await ended).text()).not.toContain('slept');
      // Nobody can read the answer of the other one, but it comes.
      await vi.waitFor(async () => expect(await proxy.toolCalls()).toBe(3), PATIENCE);
      expect(proxy.cancellations()).toBe(1);
    });
  });
