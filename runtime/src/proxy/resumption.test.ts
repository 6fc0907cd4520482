import { describe, expect, it, vi } from 'vitest';
import { SseParser, type SseEvent } from '../mcp/sse';
import { allMessages, textOf, type RawClient, type ReceivedMessage } from '../testing/raw-client';
import { startTestProxy } from './testing/test-proxy';

async function startSession(options: { keepAliveMs?: number } = {}) {
  const proxy = await startTestProxy({}, options);
  const client = proxy.client();
  await client.initialize({ elicitation: {} });
  return { proxy, client };
}

const messageOf = ({ data }: SseEvent) => JSON.parse(data) as ReceivedMessage;

/** Reads a response event by event. */
function read(response: Response) {
  const events = eventsOf(response);
  const next = async () => (await events.next()).value as SseEvent;
  const nextMessage = async () => {
    const event = await next();
    return messageOf(event.data === '' ? await next() : event);
  };
  return { next, nextMessage };
}

async function* eventsOf(response: Response): AsyncGenerator<SseEvent> {
  const parser = new SseParser();
  const reader = response.body!.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    yield* parser.push(chunk.value as Uint8Array);
  }
}

/** Calls a tool that asks, and leaves after so many events. */
async function askAndLeave(client: RawClient, events: number) {
  const leave = new AbortController();
  const call = client.toolCall('ask', { question: 'Who?' });
  const stream = read(await client.post(call, {}, leave.signal));
  const seen: SseEvent[] = [];
  while (seen.length < events) {
    seen.push(await stream.next());
  }
  leave.abort();
  return { call, seen };
}

function resume(client: RawClient, id: string | undefined) {
  return client.get({ 'last-event-id': id! });
}

async function answerQuestion(client: RawClient, question: ReceivedMessage): Promise<void> {
  const result = { action: 'accept', content: { name: 'Ada' } };
  expect((await client.post({ jsonrpc: '2.0', id: question.id, result })).status).toBe(202);
}

describe('the stream of a call', () => {
  it('begins with an event to resume after', async () => {
    const { client } = await startSession();
    const response = await client.post(client.toolCall('progress', { steps: 1 }, { progressToken: 1 }));
    const text = await response.text();
    expect(text).toMatch(/^id: \S+\nretry: 1000\ndata: \n\nid: \S+\ndata: \{/);
    const ids = [...text.matchAll(/^id: (\S+)$/gm)].map(([, id]) => id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
  });

  it.each(['2025-06-18', '2025-03-26'])('does not for a client of %s, which would take it for a message', async (revision) => {
    const client = (await startTestProxy()).client();
    const begin = await client.post(client.request('initialize', {
      protocolVersion: revision, capabilities: {}, clientInfo: { name: 'raw', version: '1' },
    }));
    client.sessionId = begin.headers.get('mcp-session-id')!;
    const response = await client.post(client.toolCall('progress', { steps: 1 }, { progressToken: 1 }));
    const events = new SseParser().push(Buffer.from(await response.text()));
    expect(events.map(({ data, id }) => [data === '', id === undefined])).toEqual([[false, false], [false, false]]);
  });

  it('goes on where its client left, up to the answer', async () => {
    const { client } = await startSession();
    const { call, seen: [, question] } = await askAndLeave(client, 2);
    await answerQuestion(client, messageOf(question!));
    const messages = await allMessages(await resume(client, question!.id));
    expect(messages.map(({ id }) => id)).toEqual([call.id]);
    expect(textOf(messages[0]!)).toBe('Hello, Ada');
  });

  it('repeats what its client has missed', async () => {
    const { client } = await startSession();
    const { seen: [beginning] } = await askAndLeave(client, 1);
    const again = read(await resume(client, beginning!.id));
    const question = await again.nextMessage();
    expect(question.method).toBe('elicitation/create');
    await answerQuestion(client, question);
    expect(textOf(await again.nextMessage())).toBe('Hello, Ada');
  });

  it('can be resumed more than once, from any of its events', async () => {
    const { client } = await startSession();
    const { seen: [beginning, question] } = await askAndLeave(client, 2);
    await answerQuestion(client, messageOf(question!));
    await allMessages(await resume(client, question!.id));
    const messages = await allMessages(await resume(client, beginning!.id));
    expect(messages.map(({ method }) => method)).toEqual(['elicitation/create', undefined]);
  });

  it('tells a client that has seen all of it not to come back', async () => {
    const { client } = await startSession();
    const response = await client.post(client.toolCall('progress', { steps: 1 }, { progressToken: 1 }));
    const last = new SseParser().push(Buffer.from(await response.text())).at(-1);
    expect((await resume(client, last!.id)).status).toBe(204);
  });

  it('moves to the connection that resumes it, even if the one before seems to be there', async () => {
    const { client } = await startSession();
    const first = read(await client.post(client.toolCall('ask', { question: 'Who?' })));
    await first.next();
    const question = await first.next();
    const second = read(await resume(client, question.id));
    expect(await first.next()).toBeUndefined();
    await answerQuestion(client, messageOf(question));
    expect(textOf(await second.nextMessage())).toBe('Hello, Ada');
  });

  it('does not mix with others', async () => {
    const { client } = await startSession({ keepAliveMs: 50 });
    const leave = new AbortController();
    const sleeping = client.toolCall('sleep', { ms: 500 });
    const beginning = await read(await client.post(sleeping, {}, leave.signal)).next();
    leave.abort();
    await client.callForText('echo', { text: 'another call' });
    const progress = await client.post(client.toolCall('progress', { steps: 3 }, { progressToken: 1 }));
    expect(await allMessages(progress)).toHaveLength(4);
    expect((await allMessages(await resume(client, beginning.id))).map(textOf)).toEqual(['slept 500 ms']);
  });

  it('keeps a bounded part of what a client that is away misses: the end of it', async () => {
    const { proxy, client } = await startSession({ keepAliveMs: 100 });
    const leave = new AbortController();
    const call = client.toolCall('flood', { messages: 30, characters: 100_000 });
    const beginning = await read(await client.post(call, {}, leave.signal)).next();
    leave.abort();
    await vi.waitFor(() => expect(proxy.log.some(({ stderr }) => stderr === 'flood 30')).toBe(true));
    const messages = await allMessages(await resume(client, beginning.id));
    expect(textOf(messages.at(-1)!)).toBe('sent 30');
    expect(messages.length).toBeGreaterThan(5);
    expect(messages.length).toBeLessThan(12);
    expect(proxy.log.some(({ msg }) => msg === 'a client resumes a stream, but has missed messages')).toBe(true);
  });
});

describe('the standing stream', () => {
  it('goes on after the last event that the client has got', async () => {
    const { client } = await startSession();
    const leave = new AbortController();
    const before = read(await client.get({}, leave.signal));
    await before.next();
    await client.call('notify', { message: 'seen' });
    const seen = await before.next();
    await client.call('notify', { message: 'written, but never seen' });
    await before.next();
    leave.abort();
    await client.call('notify', { message: 'nobody was there' });
    const after = read(await resume(client, seen.id));
    expect((await after.nextMessage()).params?.data).toBe('written, but never seen');
    expect((await after.nextMessage()).params?.data).toBe('nobody was there');
  });

  it('opened anew brings what no stream has brought, and no more', async () => {
    const { client } = await startSession();
    await client.call('notify', { message: 'early' });
    const leave = new AbortController();
    const before = read(await client.get({}, leave.signal));
    expect((await before.nextMessage()).params?.data).toBe('early');
    leave.abort();
    const after = read(await vi.waitFor(async () => {
      const response = await client.get();
      expect(response.status).toBe(200);
      return response;
    }));
    await client.call('notify', { message: 'later' });
    expect((await after.nextMessage()).params?.data).toBe('later');
  });
});

describe('a Last-Event-ID that leads nowhere', () => {
  it('is refused, and the session goes on', async () => {
    const { proxy, client } = await startSession();
    const other = proxy.client();
    await other.initialize();
    const foreign = await read(await other.get()).next();
    const own = await read(await client.get()).next();
    for (const id of ['', 'x', '1', foreign.id, own.id!.replace(/-\d+-/, '-77-'), own.id!.replace(/\d+$/, '99'), 'x'.repeat(8000)]) {
      const response = await resume(client, id);
      expect(response.status, id).toBe(400);
      expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining('Cannot resume') as string } });
    }
    expect(await client.callForText('echo', { text: 'still there' })).toBe('still there');
  });
});
