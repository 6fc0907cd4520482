import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema, ElicitRequestSchema, LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';

/** What tests do with a client, whichever SDK it comes from. */
export interface SdkClient {
  tools(): Promise<string[]>;
  prompts(): Promise<string[]>;
  resources(): Promise<string[]>;
  /** The text of the tool's result. */
  call(name: string, args?: Record<string, unknown>, onProgress?: (progress: number) => void): Promise<string>;
  /** Data of the log messages that have come. */
  readonly logged: unknown[];
  terminate(): Promise<void>;
}

const INFO = { name: 'test', version: '1.0.0' };
const CAPABILITIES = { capabilities: { sampling: {}, elicitation: {} } };
const ELICITED = { action: 'accept' as const, content: { name: 'Ada' } };
const SAMPLED = { model: 'none', role: 'assistant' as const, content: { type: 'text' as const, text: 'sampled' } };

async function connectSdk1(url: string, token?: string): Promise<SdkClient> {
  const client = new Client1(INFO, CAPABILITIES);
  const transport = new Transport1(new URL(url), {
    requestInit: { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } },
  });
  const logged: unknown[] = [];
  client.setRequestHandler(ElicitRequestSchema, () => ELICITED);
  client.setRequestHandler(CreateMessageRequestSchema, () => SAMPLED);
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logged.push(params.data));
  await client.connect(transport);
  onTestFinished(() => client.close());
  return sdkClient(client, transport, logged, (params, options) => client.callTool(params, undefined, options));
}

async function connectSdk2(url: string, token?: string): Promise<SdkClient> {
  const client = new Client2(INFO, CAPABILITIES);
  const transport = new Transport2(new URL(url),
    token === undefined ? {} : { authProvider: { token: () => Promise.resolve(token) } });
  const logged: unknown[] = [];
  client.setRequestHandler('elicitation/create', () => ELICITED);
  client.setRequestHandler('sampling/createMessage', () => SAMPLED);
  client.setNotificationHandler('notifications/message', ({ params }) => void logged.push(params.data));
  await client.connect(transport);
  onTestFinished(() => client.close());
  return sdkClient(client, transport, logged, (params, options) => client.callTool(params, options));
}

interface ToolCall {
  readonly name: string;
  readonly arguments?: Record<string, unknown>;
}

interface CallOptions {
  readonly onprogress: (progress: { progress: number }) => void;
}

/** @param callTool takes its options in another place in each SDK */
function sdkClient(
  client: Client1 | Client2, transport: Transport1 | Transport2, logged: unknown[],
  callTool: (params: ToolCall, options?: CallOptions) => Promise<unknown>,
): SdkClient {
  return {
    logged,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    prompts: async () => (await client.listPrompts()).prompts.map(({ name }) => name),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    call: async (name, args, onProgress) => textOf(await callTool({ name, arguments: args },
      onProgress && { onprogress: ({ progress }) => onProgress(progress) })),
    terminate: () => transport.terminateSession(),
  };
}

/** The official clients in their default settings. */
export const SDKS = [['SDK 1', connectSdk1], ['SDK 2', connectSdk2]] as const;

function textOf(result: unknown): string {
  return (result as { content: { text: string }[] }).content.map(({ text }) => text).join('');
}
