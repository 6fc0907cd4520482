import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { messagesOf, textOf, type ReceivedMessage } from '../testing/raw-client';
import { startTestProxy } from './testing/test-proxy';

const FILESYSTEM = '@modelcontextprotocol/server-filesystem';

it('a client root of / gains nothing with server-filesystem', async () => {
  const granted = realpathSync(mkdtempSync(join(tmpdir(), 'roots-')));
  onTestFinished(() => rmSync(granted, { recursive: true }));
  const { version } = createRequire(import.meta.url)(`${FILESYSTEM}/package.json`) as { version: string };
  const proxy = await startTestProxy({
    connector: { type: 'child', npm: { package: FILESYSTEM, version, args: [granted] } },
  });
  const client = new Client({ name: 'test', version: '1' }, { capabilities: { roots: { listChanged: true } } });
  let asked = 0;
  client.setRequestHandler(ListRootsRequestSchema, () => {
    asked++;
    return { roots: [{ uri: 'file:///', name: 'everything' }] };
  });
  await client.connect(new StreamableHTTPClientTransport(new URL(proxy.url)));
  onTestFinished(() => client.close());
  await client.sendRootsListChanged();
  const allowed = await client.callTool({ name: 'list_allowed_directories', arguments: {} });
  expect(allowed.content).toEqual([{ type: 'text', text: `Allowed directories:\n${granted}` }]);
  const stolen = await client.callTool({ name: 'read_text_file', arguments: { path: '/etc/passwd' } });
  expect(stolen.isError).toBe(true);
  expect(asked).toBe(0);
});

it('a server that asks for roots all the same is told that there are none', async () => {
  const proxy = await startTestProxy({
    connector: { type: 'child', command: [process.execPath, '-e', SERVER_THAT_ASKS] },
  });
  const client = proxy.client();
  await client.initialize({ roots: {} });
  const answer = await (await client.post(client.toolCall('roots'))).json() as { result: { content: { text: string }[] } };
  expect(JSON.parse(answer.result.content[0]!.text)).toMatchObject({ id: 'r', error: { code: -32601 } });
});

it('a server learns of roots where the operator allows it', async () => {
  const proxy = await startTestProxy({
    roots: 'allow', connector: { type: 'child', command: [process.execPath, '-e', SERVER_THAT_ASKS] },
  });
  const client = proxy.client();
  await client.initialize({ roots: {} });
  const messages = messagesOf(await client.post(client.toolCall('roots')));
  expect((await messages.next()).value).toMatchObject({ id: 'r', method: 'roots/list' });
  await client.post({ jsonrpc: '2.0', id: 'r', result: { roots: [{ uri: 'file:///work' }] } });
  const answer = (await messages.next()).value as ReceivedMessage;
  expect(JSON.parse(textOf(answer))).toMatchObject({ result: { roots: [{ uri: 'file:///work' }] } });
});

/** Answers a call with what the client answered to `roots/list`. */
const SERVER_THAT_ASKS = `
  const send = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }));
  let call;
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const message = JSON.parse(line);
    if (message.method === 'initialize') {
      send({ id: message.id, result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'asks', version: '1' } } });
    } else if (message.method === 'tools/call') {
      call = message.id;
      send({ id: 'r', method: 'roots/list' });
    } else if (message.id === 'r') {
      send({ id: call, result: { content: [{ type: 'text', text: line }] } });
    }
  });
`;
