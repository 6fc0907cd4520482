import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema, LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema, ToolListChangedNotificationSchema, type LoggingLevel,
} from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';
import { META } from '../bridge/request-meta';
import { MODERN_REVISION } from '../mcp/versions';
import { elicited, ROOTS, SAMPLED } from './answers';

/** What tests do with a client, whichever SDK it comes from. */
export interface SdkClient {
  tools(): Promise<string[]>;
  prompts(): Promise<string[]>;
  resources(): Promise<string[]>;
  /** The text of the tool's result. */
  call(name: string, args?: Record<string, unknown>, onProgress?: (progress: number) => void): Promise<string>;
  /** The text of a resource. */
  read(uri: string): Promise<string>;
  /** The text of a prompt's messages. */
  prompt(name: string, args?: Record<string, string>): Promise<string>;
  /** What an argument of a prompt may be that begins so. */
  complete(prompt: string, argument: string, value: string): Promise<string[]>;
  /** From now on the client hears of log messages from this level on. */
  logFrom(level: LoggingLevel): Promise<void>;
  /** From now on the client hears of changes of this resource, and of the list of tools. */
  watch(uri: string): Promise<void>;
  /** Data of the log messages that have come. */
  readonly logged: unknown[];
  /** Methods of the questions that have come. */
  readonly asked: string[];
  /** What has been told to have changed: URIs of resources, or the method that tells. */
  readonly changed: string[];
  /** Ends the session, where there is one. */
  terminate(): Promise<void>;
}

/** Says who calls: an access token, or headers that are made for each request. */
export type Credentials = string | (() => Promise<Record<string, string>>);

const INFO = { name: 'test', version: '1.0.0' };
const CAPABILITIES = { sampling: {}, elicitation: {} };
const TOOLS_CHANGED = 'notifications/tools/list_changed';

/** What a client has got besides answers. */
class Received {
  readonly logged: unknown[] = [];
  readonly asked: string[] = [];
  readonly changed: string[] = [];

  /** Answers a question of the server, of which it takes note. */
  answering<T>(answer: (params: unknown) => T): (request: { method: string; params?: unknown }) => T {
    return ({ method, params }) => {
      this.asked.push(method);
      return answer(params);
    };
  }
}

async function connectSdk1(url: string, credentials?: Credentials, capabilities: object = CAPABILITIES) {
  const client = new Client1(INFO, { capabilities });
  const transport = new Transport1(new URL(url), { fetch: fetchWith(credentials) });
  const received = new Received();
  if ('elicitation' in capabilities) {
    client.setRequestHandler(ElicitRequestSchema, received.answering(elicited));
  }
  if ('sampling' in capabilities) {
    client.setRequestHandler(CreateMessageRequestSchema, received.answering(() => SAMPLED));
  }
  if ('roots' in capabilities) {
    client.setRequestHandler(ListRootsRequestSchema, received.answering(() => ({ roots: ROOTS })));
  }
  const { logged, changed } = received;
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logged.push(params.data));
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void changed.push(params.uri));
  client.setNotificationHandler(ToolListChangedNotificationSchema, ({ method }) => void changed.push(method));
  await client.connect(transport);
  onTestFinished(() => client.close());
  return sdkClient(client, received, {
    ...inSession(client, transport),
    callTool: (params, options) => client.callTool(params, undefined, options),
  });
}

async function connectSdk2(url: string, credentials?: Credentials, capabilities: object = CAPABILITIES) {
  const { client, transport, received } = await connectedSdk2(url, credentials, capabilities, 'legacy');
  return sdkClient(client, received, {
    ...inSession(client, transport),
    callTool: (params, options) => client.callTool(params, options),
  });
}

/** Speaks 2026-07-28, which knows no sessions: what lasts in others is said with each request, or by a subscription. */
async function connectModern(url: string, credentials?: Credentials, capabilities: object = CAPABILITIES) {
  const { client, received } = await connectedSdk2(url, credentials, capabilities, { pin: MODERN_REVISION });
  let meta: Record<string, unknown> | undefined;
  return sdkClient(client, received, {
    callTool: (params, options) => client.callTool({ ...params, _meta: meta }, options),
    logFrom: (level) => {
      meta = { [META.LOG_LEVEL]: level };
      return Promise.resolve();
    },
    watch: async (uri) => {
      await client.listen({ toolsListChanged: true, resourceSubscriptions: [uri] });
    },
    terminate: () => client.close(),
  });
}

async function connectedSdk2(
  url: string, credentials: Credentials | undefined, capabilities: object, mode: 'legacy' | { pin: string },
) {
  const client = new Client2(INFO, { capabilities, versionNegotiation: { mode } });
  const transport = new Transport2(new URL(url), { fetch: fetchWith(credentials) });
  const received = new Received();
  if ('elicitation' in capabilities) {
    client.setRequestHandler('elicitation/create', received.answering(elicited));
  }
  if ('sampling' in capabilities) {
    client.setRequestHandler('sampling/createMessage', received.answering(() => SAMPLED));
  }
  if ('roots' in capabilities) {
    client.setRequestHandler('roots/list', received.answering(() => ({ roots: ROOTS })));
  }
  const { logged, changed } = received;
  client.setNotificationHandler('notifications/message', ({ params }) => void logged.push(params.data));
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => void changed.push(params.uri));
  client.setNotificationHandler(TOOLS_CHANGED, () => void changed.push(TOOLS_CHANGED));
  await client.connect(transport);
  onTestFinished(() => client.close());
  return { client, transport, received };
}

interface ToolCall {
  readonly name: string;
  readonly arguments?: Record<string, unknown>;
}

interface CallOptions {
  readonly onprogress: (progress: { progress: number }) => void;
}

/** What differs between SDKs and between protocol eras. */
interface Dialect extends Pick<SdkClient, 'logFrom' | 'watch' | 'terminate'> {
  callTool(params: ToolCall, options?: CallOptions): Promise<unknown>;
}

function inSession(client: Client1 | Client2, transport: Transport1 | Transport2): Omit<Dialect, 'callTool'> {
  return {
    logFrom: async (level) => {
      await client.setLoggingLevel(level);
    },
    watch: async (uri) => {
      await client.subscribeResource({ uri });
    },
    terminate: () => transport.terminateSession(),
  };
}

function sdkClient(client: Client1 | Client2, received: Received, dialect: Dialect): SdkClient {
  const { logged, asked, changed } = received;
  return {
    logged, asked, changed,
    ...dialect,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    prompts: async () => (await client.listPrompts()).prompts.map(({ name }) => name),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    call: async (name, args, onProgress) => textOf(await dialect.callTool({ name, arguments: args },
      onProgress && { onprogress: ({ progress }) => onProgress(progress) })),
    read: async (uri) => joinTexts((await client.readResource({ uri })).contents),
    prompt: async (name, args) =>
      joinTexts((await client.getPrompt({ name, arguments: args })).messages.map(({ content }) => content)),
    complete: async (prompt, name, value) => {
      const ref = { type: 'ref/prompt' as const, name: prompt };
      return (await client.complete({ ref, argument: { name, value } })).completion.values;
    },
  };
}

/** The official clients in their default settings. */
export const SDKS = [['SDK 1', connectSdk1], ['SDK 2', connectSdk2]] as const;

/** The official clients, of every era that they speak. */
export const SDKS_OF_ALL_ERAS = [...SDKS, [`SDK 2 with ${MODERN_REVISION}`, connectModern]] as const;

function fetchWith(credentials: Credentials = () => Promise.resolve({})): typeof fetch {
  const headersOf = typeof credentials === 'string'
    ? () => Promise.resolve({ authorization: `Bearer ${credentials}` }) : credentials;
  return async (url, init) => {
    const headers = new Headers(init?.headers);
    Object.entries(await headersOf()).forEach(([name, value]) => headers.set(name, value));
    return fetch(url, { ...init, headers });
  };
}

function textOf(result: unknown): string {
  return joinTexts((result as { content: object[] }).content);
}

/** Contents of other types have no text. */
function joinTexts(contents: object[]): string {
  return contents.map((content) => 'text' in content ? content.text as string : '').join('');
}
