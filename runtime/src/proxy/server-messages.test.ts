import { describe, expect, it, vi } from 'vitest';
import { allMessages, messagesOf, textOf, type RawClient, type ReceivedMessage } from '../testing/raw-client';
import { startTestProxy } from './testing/test-proxy';

async function startSession(keepAliveMs?: number) {
  const proxy = await startTestProxy({}, { keepAliveMs });
  const client = proxy.client();
  await client.initialize({ elicitation: {}, sampling: {} });
  return { proxy, client };
}

/** Opens the session's stream and gives its messages one by one. */
async function openStream(client: RawClient) {
  const response = await client.get();
  expect(response.status).toBe(200);
  const messages = messagesOf(response);
  return async () => (await messages.next()).value as ReceivedMessage;
}

describe('progress', () => {
  it('comes on the stream of its call, before the answer', async () => {
    const { client } = await startSession();
    const response = await client.post(client.toolCall('progress', { steps: 3 }, { progressToken: 'a token' }));
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const messages = await allMessages(response);
    expect(messages.map(({ method }) => method)).toEqual([...Array<string>(3).fill('notifications/progress'), undefined]);
    expect(messages.map(({ params }) => params?.progress)).toEqual([1, 2, 3, undefined]);
    expect(textOf(messages.at(-1)!)).toBe('took 3 steps');
  });

  it('of several calls is not mixed up', async () => {
    const { client } = await startSession();
    const responses = await Promise.all(['a', 'b', 'c'].map((progressToken) =>
      client.post(client.toolCall('progress', { steps: 5 }, { progressToken }))));
    const streams = await Promise.all(responses.map(allMessages));
    const tokens = streams.map((messages) => new Set(messages.slice(0, -1).map(({ params }) => params?.progressToken)));
    expect(tokens).toEqual([new Set(['a']), new Set(['b']), new Set(['c'])]);
    expect(streams.map((messages) => messages.length)).toEqual([6, 6, 6]);
  });

  it('is dropped where the client takes no stream', async () => {
    const { client } = await startSession();
    const call = client.toolCall('progress', { steps: 3 }, { progressToken: 1 });
    const messages = await allMessages(await client.post(call, { accept: 'application/json' }));
    expect(messages.map(textOf)).toEqual(['took 3 steps']);
  });
});

describe('a request of the server', () => {
  it('comes on the stream of the only call, and the client answers it by a request of its own', async () => {
    const { client } = await startSession();
    const messages = messagesOf(await client.post(client.toolCall('ask', { question: 'Who?' })));
    const question = (await messages.next()).value as ReceivedMessage;
    expect(question).toMatchObject({ method: 'elicitation/create', params: { message: 'Who?' } });
    const answer = { jsonrpc: '2.0', id: question.id, result: { action: 'accept', content: { name: 'Ada' } } };
    expect((await client.post(answer)).status).toBe(202);
    expect(textOf((await messages.next()).value as ReceivedMessage)).toBe('Hello, Ada');
  });

  it('comes on the open stream where it might be of several calls', async () => {
    const { client } = await startSession();
    const next = await openStream(client);
    const sleeping = client.call('sleep', { ms: 300 });
    const asking = client.callForText('ask', { question: 'Who?' });
    const question = await next();
    expect(question.method).toBe('elicitation/create');
    await client.post({ jsonrpc: '2.0', id: question.id, result: { action: 'decline' } });
    expect(await asking).toBe('decline');
    await sleeping;
  });

  it('comes on the stream of the newest call where no other is open', async () => {
    const { client } = await startSession();
    const sleeping = client.call('sleep', { ms: 1000 });
    await client.call('echo', { text: 'the call before has arrived' });
    const messages = messagesOf(await client.post(client.toolCall('ask', { question: 'Who?' })));
    const question = (await messages.next()).value as ReceivedMessage;
    expect(question.method).toBe('elicitation/create');
    await client.post({ jsonrpc: '2.0', id: question.id, result: { action: 'cancel' } });
    expect(textOf((await messages.next()).value as ReceivedMessage)).toBe('cancel');
    await sleeping;
  });
});

describe('the standing stream', () => {
  it('carries what belongs to no call', async () => {
    const { client } = await startSession();
    const next = await openStream(client);
    await client.call('notify', { message: 'hello' });
    expect(await next()).toMatchObject({ method: 'notifications/message', params: { data: 'hello' } });
  });

  it('begins with what the server said before it was open', async () => {
    const { proxy, client } = await startSession();
    await client.call('notify', { message: 'early' });
    const next = await openStream(client);
    expect(await next()).toMatchObject({ params: { data: 'early' } });
    expect(proxy.log.some(({ msg }) => msg.startsWith('dropped'))).toBe(false);
  });

  it('is one at a time', async () => {
    const { client } = await startSession();
    const leave = new AbortController();
    await client.get({}, leave.signal);
    expect((await client.get()).status).toBe(409);
    leave.abort();
    await vi.waitFor(async () => expect((await client.get()).status).toBe(200));
  });

  it('ends with the session', async () => {
    const { client } = await startSession();
    const response = await client.get();
    await client.delete();
    expect(await allMessages(response)).toEqual([]);
  });
});

describe('a slow answer', () => {
  it('becomes a stream that is kept alive', async () => {
    const { client } = await startSession(100);
    const response = await client.post(client.toolCall('sleep', { ms: 500 }));
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const text = await response.text();
    expect(text.split(': keep-alive\n\n').length).toBeGreaterThan(3);
    expect(text).toContain('slept 500 ms');
  });

  it('stays JSON for a client that takes no stream', async () => {
    const { client } = await startSession(100);
    const response = await client.post(client.toolCall('sleep', { ms: 500 }), { accept: 'application/json' });
    expect(response.headers.get('content-type')).toBe('application/json');
  });

  it('is not cancelled by a client that leaves, and nobody else gets it', async () => {
    const { proxy, client } = await startSession();
    const leave = new AbortController();
    const call = client.post(client.toolCall('sleep', { ms: 300 }), {}, leave.signal);
    await client.call('echo', { text: 'the call before has arrived' });
    leave.abort();
    await expect(call).rejects.toThrow();
    await vi.waitFor(async () => expect(
      await proxy.metric('mcp_server_operation_duration_seconds_count{server="fixture",mcp_method_name="tools/call"}'),
    ).toBe(2));
    expect(proxy.log.some(({ stderr }) => stderr === 'sleep was cancelled')).toBe(false);
    expect(await client.callForText('echo', { text: 'next' })).toBe('next');
  });
});

describe('a cancelled call', () => {
  it('ends without an answer, and the server learns of it', async () => {
    const { proxy, client } = await startSession();
    const call = client.toolCall('sleep', { ms: 60_000 });
    const response = client.post(call);
    await client.call('echo', { text: 'the call before has arrived' });
    await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: call.id } });
    expect(await allMessages(await response)).toEqual([]);
    await vi.waitFor(() => expect(proxy.log.map(({ stderr }) => stderr)).toContain('sleep was cancelled'));
  });

  it('ends with an error where the client takes JSON only', async () => {
    const { client } = await startSession();
    const call = client.toolCall('sleep', { ms: 60_000 });
    const response = client.post(call, { accept: 'application/json' });
    await client.call('echo', { text: 'the call before has arrived' });
    await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: call.id } });
    expect(await (await response).json()).toMatchObject({ id: call.id, error: { code: -32000 } });
  });
});
