import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendJson } from '../../platform/http';
import { messagesOf, textOf, type ReceivedMessage } from '../../testing/raw-client';
import { ENGINEERING, MixedFleet, ODD, answerTo, toolsOf } from '../testing/mixed-fleet';
import type { Script } from '../testing/scripted-server';
import { auditRecord } from '../testing/test-fleet';

let mixed: MixedFleet;

beforeAll(async () => {
  mixed = await MixedFleet.start();
});

afterAll(() => mixed.stop());

beforeEach(() => mixed.reset());

describe('the list of tools', () => {
  const page = (tools: string[], nextCursor?: string) => ({ tools: tools.map((name) => ({ name })), nextCursor });

  it('has all pages of a server', async () => {
    const client = await mixed.startSession(ODD);
    mixed.scripted.script = ({ id, body, response }) => {
      const { cursor } = (JSON.parse(body) as { params: { cursor?: string } }).params;
      const result = cursor === undefined ? page(['a'], 'more') : page(['b']);
      sendJson(response, 200, { jsonrpc: '2.0', id, result });
    };
    expect(await toolsOf(client)).toEqual(['scripted__a', 'scripted__b']);
    const { error } = await answerTo(client.post(client.request('tools/list', { cursor: 'more' })));
    expect(error).toMatchObject({ code: -32602 });
  });

  it.each<[string, Script]>([
    ['never ends', ({ id, response }) =>
      sendJson(response, 200, { jsonrpc: '2.0', id, result: page(['a'], 'again') })],
    ['is an error', ({ id, response }) =>
      sendJson(response, 200, { jsonrpc: '2.0', id, error: { code: -32603, message: 'broken' } })],
    ['does not come', ({ response }) => response.destroy()],
  ])('is without those of a server whose list %s', async (_what, script) => {
    const client = await mixed.startSession(ODD);
    mixed.scripted.script = script;
    const { result } = await answerTo(client.post(client.request('tools/list')));
    expect(result).toEqual({ tools: [], _meta: { 'cdk8s-mcp.dev/unavailable': ['scripted'] } });
  });
});

describe('a call', () => {
  it('reaches its server with nothing changed but the tool\'s name', async () => {
    const client = await mixed.startSession(ODD);
    const message = (name: string) => `{ "jsonrpc":"2.0","id":77, "method":"tools/call",`
      + `"params":{"arguments":{"name":"scripted__a","n":12345678901234567890}, "name":"${name}"} }`;
    await client.post(message('scripted__a__b'));
    expect(mixed.scripted.received.at(-1)!.body).toBe(message('a__b'));
    expect(await auditRecord(mixed.fleet, ({ target }) => target === 'a__b'))
      .toMatchObject({ server: 'scripted', method: 'tools/call', decision: { outcome: 'allow' } });
  });

  it('of a server that was dead when the session began is an error of its own', async () => {
    const client = await mixed.startSession();
    expect(await answerTo(client.post(client.toolCall('dead__x'))))
      .toMatchObject({ error: { code: -32000, message: 'Server dead cannot be reached' } });
    expect(await client.callForText('files__echo', { text: 'others go on' })).toBe('others go on');
  });

  it.each([
    ['echo', 'Unknown tool: echo'], ['missing__x', 'Unknown tool: missing__x'], ['__x', 'Unknown tool: __x'],
  ])('of %s is one of an unknown tool', async (name, message) => {
    const client = await mixed.startSession();
    expect((await answerTo(client.post(client.toolCall(name)))).error).toEqual({ code: -32602, message });
  });

  it('can be asked in by the server, and any replica takes the answer', async () => {
    const client = await mixed.startSession();
    const replica = await mixed.startReplica();
    const messages = messagesOf(await client.post(client.toolCall('crm__ask', { question: 'Who?' })));
    const question = (await messages.next()).value as ReceivedMessage;
    expect(question).toMatchObject({ method: 'elicitation/create', params: { message: 'Who?' } });
    expect(question.id).toMatch(/^crm:/);
    const response = await fetch(`${replica.url}/mcp`, {
      method: 'POST',
      headers: {
        'authorization': `Bearer ${await mixed.fleet.token(ENGINEERING)}`, 'mcp-session-id': client.sessionId!,
        'content-type': 'application/json', 'accept': 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: question.id, result: { action: 'accept', content: { name: 'Eve' } } }),
    });
    expect(response.status).toBe(202);
    expect(textOf((await messages.next()).value as ReceivedMessage)).toBe('Hello, Eve');
  });

  it('is not answered by a message for nobody', async () => {
    const client = await mixed.startSession();
    for (const id of [1, 'crm', 'missing:1', 'dead:1']) {
      expect((await client.post({ jsonrpc: '2.0', id, result: {} })).status).toBe(400);
    }
  });

  it('is cancelled at the server that has it', async () => {
    const client = await mixed.startSession(ODD);
    await client.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 5 } });
    expect(JSON.parse(mixed.scripted.received.at(-1)!.body)).toMatchObject({
      method: 'notifications/cancelled', params: { requestId: 5 },
    });
  });

  it('tells the server of progress that it asked for by its own token', async () => {
    const client = await mixed.startSession(ODD);
    await client.post({
      jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'scripted:9', progress: 1 },
    });
    expect(JSON.parse(mixed.scripted.received.at(-1)!.body)).toMatchObject({
      params: { progressToken: 9, progress: 1 },
    });
  });
});
