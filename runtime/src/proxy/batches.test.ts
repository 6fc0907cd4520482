import { describe, expect, it, vi } from 'vitest';
import { allMessages, messagesOf, textOf, type RawClient, type ReceivedMessage } from '../testing/raw-client';
import { startTestProxy } from './testing/test-proxy';

async function startSession(revision = '2025-03-26') {
  const proxy = await startTestProxy();
  const client = proxy.client();
  const response = await client.post(client.request('initialize', {
    protocolVersion: revision, capabilities: { elicitation: {} }, clientInfo: { name: 'raw', version: '1' },
  }));
  client.sessionId = response.headers.get('mcp-session-id')!;
  await client.post({ jsonrpc: '2.0', method: 'notifications/initialized' });
  return { proxy, client };
}

async function answersOf(response: Response): Promise<ReceivedMessage[]> {
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  return await response.json() as ReceivedMessage[];
}

const echoes = (client: RawClient, ...texts: string[]) => texts.map((text) => client.toolCall('echo', { text }));

describe('a batch', () => {
  it('is answered by one array with an answer to each request', async () => {
    const { client } = await startSession();
    const calls = echoes(client, 'a', 'b');
    const batch = [...calls, { jsonrpc: '2.0', method: 'notifications/roots/list_changed' }];
    const answers = await answersOf(await client.post(batch, { accept: 'application/json' }));
    expect(new Map(answers.map((answer) => [answer.id, textOf(answer)]))).toEqual(
      new Map([[calls[0]!.id, 'a'], [calls[1]!.id, 'b']]));
  });

  it('is answered by a stream when something comes before the last answer', async () => {
    const { client } = await startSession();
    const progress = client.toolCall('progress', { steps: 2 }, { progressToken: 'p' });
    const response = await client.post([...echoes(client, 'a'), progress]);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const messages = await allMessages(response);
    expect(messages.filter(({ method }) => method === 'notifications/progress')).toHaveLength(2);
    expect(messages.filter(({ result }) => result !== undefined).map(textOf).sort()).toEqual(['a', 'took 2 steps']);
    expect(messages).toHaveLength(4);
  });

  it('is answered by a stream where the client takes nothing else', async () => {
    const { client } = await startSession();
    const response = await client.post(echoes(client, 'a', 'b'), { accept: 'text/event-stream' });
    const [answers] = await allMessages(response) as unknown as ReceivedMessage[][];
    expect(answers!.map(textOf).sort()).toEqual(['a', 'b']);
  });

  it('lets the server ask, and takes the answers in a batch of their own', async () => {
    const { client } = await startSession();
    const response = await client.post([...echoes(client, 'a'), client.toolCall('ask', { question: 'Who?' })]);
    const texts: string[] = [];
    for await (const message of messagesOf(response)) {
      if (message.method === undefined) {
        texts.push(textOf(message));
      } else {
        const result = { action: 'accept', content: { name: 'Ada' } };
        const answered = await client.post([{ jsonrpc: '2.0', id: message.id, result }]);
        expect(answered.status).toBe(202);
        expect(await answered.text()).toBe('');
      }
    }
    expect(texts.sort()).toEqual(['Hello, Ada', 'a']);
  });

  it('answers each request that cannot be served by an error of its own', async () => {
    const { client } = await startSession();
    const sleeping = client.toolCall('sleep', { ms: 500 });
    const first = client.post(sleeping);
    await client.call('echo', { text: 'the call before has arrived' });
    const answers = await answersOf(await client.post([sleeping, ...echoes(client, 'a')]));
    expect(answers.find(({ id }) => id === sleeping.id)?.error?.code).toBe(-32600);
    expect(answers.filter(({ result }) => result !== undefined).map(textOf)).toEqual(['a']);
    await first;
  });

  it('answers a request that is cancelled, too', async () => {
    const { proxy, client } = await startSession();
    const sleeping = client.toolCall('sleep', { ms: 60_000 });
    const batch = client.post([sleeping, ...echoes(client, 'a')]);
    await client.call('echo', { text: 'the batch has arrived' });
    await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: sleeping.id } });
    const answers = await answersOf(await batch);
    expect(answers.find(({ id }) => id === sleeping.id)?.error?.message).toBe('Request was cancelled');
    expect(answers).toHaveLength(2);
    await vi.waitFor(() => expect(proxy.log.map(({ stderr }) => stderr)).toContain('sleep was cancelled'));
  });

  it.each([
    ['empty', () => '[]'],
    ['with initialize in it', (client: RawClient) => [client.request('initialize', {})]],
    ['with the same id twice', (client: RawClient) => Array(2).fill(client.request('ping')) as object[]],
    ['with what is no message', (client: RawClient) => [...echoes(client, 'a'), 7]],
    ['that is too long', (client: RawClient) => Array.from({ length: 101 }, () => client.request('ping'))],
  ])('is refused as a whole when it is one %s', async (_how, make) => {
    const { client } = await startSession();
    const response = await client.post(make(client));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ id: null, error: { code: -32600 } });
  });

  it.each(['2025-06-18', '2025-11-25'])('is refused in a session of %s, where there are none', async (revision) => {
    const { client } = await startSession(revision);
    const response = await client.post(echoes(client, 'a'));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: -32600, message: 'batches are not supported' } });
  });

  it('of the server is taken apart', async () => {
    const server = `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method } = JSON.parse(line);
      const result = method === 'initialize' ? { protocolVersion: '2025-03-26', capabilities: {} } : { pong: true };
      if (id !== undefined) console.log(JSON.stringify([{ jsonrpc: '2.0', id, result }]));
    });`;
    const proxy = await startTestProxy({ connector: { type: 'child', command: [process.execPath, '-e', server] } });
    const client = proxy.client();
    await client.initialize();
    const answer = await (await client.post(client.request('ping'))).json() as ReceivedMessage;
    expect(answer.result).toEqual({ pong: true });
  });
});
