import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema, ElicitRequestSchema, LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { createRequire } from 'node:module';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startTestProxy, type TestProxy } from './testing/test-proxy';

/** What the tests do with a client, whichever SDK it comes from. */
interface TestClient {
  callTool(name: string, args?: Record<string, unknown>, onProgress?: (progress: number) => void): Promise<string>;
  list(): Promise<{ tools: string[]; prompts: string[]; resources: string[] }>;
  readonly logged: unknown[];
  terminate(): Promise<void>;
}

const INFO = { name: 'test', version: '1.0.0' };
const CAPABILITIES = { capabilities: { sampling: {}, elicitation: {} } };
const ELICITED = { action: 'accept' as const, content: { name: 'Ada' } };
const SAMPLED = { model: 'none', role: 'assistant' as const, content: { type: 'text' as const, text: 'sampled' } };

async function connectSdk1(url: string): Promise<TestClient> {
  const client = new Client1(INFO, CAPABILITIES);
  const transport = new Transport1(new URL(url));
  const logged: unknown[] = [];
  client.setRequestHandler(ElicitRequestSchema, () => ELICITED);
  client.setRequestHandler(CreateMessageRequestSchema, () => SAMPLED);
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logged.push(params.data));
  await client.connect(transport);
  onTestFinished(() => client.close());
  return {
    logged,
    callTool: async (name, args, onProgress) => textOf(await client.callTool({ name, arguments: args }, undefined,
      onProgress && { onprogress: ({ progress }) => onProgress(progress) })),
    list: async () => ({
      tools: (await client.listTools()).tools.map(({ name }) => name),
      prompts: (await client.listPrompts()).prompts.map(({ name }) => name),
      resources: (await client.listResources()).resources.map(({ uri }) => uri),
    }),
    terminate: () => transport.terminateSession(),
  };
}

async function connectSdk2(url: string): Promise<TestClient> {
  const client = new Client2(INFO, CAPABILITIES);
  const transport = new Transport2(new URL(url));
  const logged: unknown[] = [];
  client.setRequestHandler('elicitation/create', () => ELICITED);
  client.setRequestHandler('sampling/createMessage', () => SAMPLED);
  client.setNotificationHandler('notifications/message', ({ params }) => void logged.push(params.data));
  await client.connect(transport);
  onTestFinished(() => client.close());
  return {
    logged,
    callTool: async (name, args, onProgress) => textOf(await client.callTool({ name, arguments: args },
      onProgress && { onprogress: ({ progress }) => onProgress(progress) })),
    list: async () => ({
      tools: (await client.listTools()).tools.map(({ name }) => name),
      prompts: (await client.listPrompts()).prompts.map(({ name }) => name),
      resources: (await client.listResources()).resources.map(({ uri }) => uri),
    }),
    terminate: () => transport.terminateSession(),
  };
}

function textOf(result: unknown): string {
  return (result as { content: { text: string }[] }).content.map(({ text }) => text).join('');
}

async function connect(connectClient: typeof connectSdk1, proxy?: TestProxy) {
  return connectClient((proxy ?? await startTestProxy()).url);
}

describe.each([['SDK 1', connectSdk1], ['SDK 2', connectSdk2]])('the client of %s in its default settings', (_name, sdk) => {
  it('lists and calls', async () => {
    const client = await connect(sdk);
    const { tools, prompts, resources } = await client.list();
    expect(tools).toContain('echo');
    expect(prompts).toEqual(['greet']);
    expect(resources).toEqual(['test://readme']);
    expect(await client.callTool('echo', { text: 'hello' })).toBe('hello');
    expect(await client.callTool('fail')).toBe('this tool always fails');
  });

  it('has calls in flight at the same time', async () => {
    const client = await connect(sdk);
    const texts = Array.from({ length: 50 }, (_, index) => `text ${index}`);
    expect(await Promise.all(texts.map((text) => client.callTool('echo', { text })))).toEqual(texts);
  });

  it('is asked, by elicitation and by sampling', async () => {
    const client = await connect(sdk);
    expect(await client.callTool('ask', { question: 'Who?' })).toBe('Hello, Ada');
    expect(await client.callTool('sample', { prompt: 'Say something' })).toBe('sampled');
    expect(await Promise.all([1, 2, 3].map(() => client.callTool('ask', { question: 'Who?' }))))
      .toEqual(Array(3).fill('Hello, Ada'));
  });

  it('sees progress and log messages', async () => {
    const client = await connect(sdk);
    const steps: number[] = [];
    await client.callTool('progress', { steps: 4 }, (progress) => steps.push(progress));
    expect(steps).toEqual([1, 2, 3, 4]);
    await client.callTool('log', { message: 'during a call' });
    await client.callTool('notify', { message: 'after a call', ms: 0 });
    await vi.waitFor(() => expect(client.logged).toEqual(['during a call', 'after a call']), { timeout: 5000 });
  });

  it('does not see the state of another session', async () => {
    const proxy = await startTestProxy();
    const [one, two] = await Promise.all([connect(sdk, proxy), connect(sdk, proxy)]);
    await one.callTool('increment');
    expect(await one.callTool('increment')).toBe('2');
    expect(await two.callTool('increment')).toBe('1');
  });

  it('learns that the server has crashed, ends the session, and begins another', async () => {
    const proxy = await startTestProxy();
    const client = await connect(sdk, proxy);
    await expect(client.callTool('crash', { code: 9 })).rejects.toThrow('The server\'s process ended (exit code 9)');
    await expect(client.callTool('pid')).rejects.toThrow();
    expect(await (await connect(sdk, proxy)).callTool('increment')).toBe('1');
  });

  it('ends its session', async () => {
    const proxy = await startTestProxy();
    const client = await connect(sdk, proxy);
    await client.terminate();
    expect(await proxy.metric('mcp_sessions_active{server="fixture"}')).toBe(0);
  });

  it('works with a published server', async () => {
    const proxy = await startTestProxy({
      server: 'everything',
      connector: { type: 'child', npm: { package: '@modelcontextprotocol/server-everything', version: everythingVersion() } },
    });
    const client = await connect(sdk, proxy);
    expect(await client.callTool('echo', { message: 'hello' })).toBe('Echo: hello');
    expect(await client.callTool('trigger-sampling-request', { prompt: 'hi' })).toContain('sampled');
    expect(await client.callTool('trigger-elicitation-request')).toContain('Ada');
    const steps: number[] = [];
    await client.callTool('trigger-long-running-operation', { duration: 0.2, steps: 2 }, (step) => steps.push(step));
    expect(steps).toEqual([1, 2]);
  });
});

function everythingVersion(): string {
  const manifest = createRequire(import.meta.url)('@modelcontextprotocol/server-everything/package.json') as unknown;
  return (manifest as { version: string }).version;
}
