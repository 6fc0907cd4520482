import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

/** Somebody with a token and an MCP client, connected to the whole fleet as one server. */
export interface User {
  toolNames(): Promise<string[]>;
  /** The text of the answer. A refusal is thrown. */
  call(tool: string, args: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

const CLIENT_INFO = { name: 'quickstart', version: '1.0.0' };

/** With the official client of SDK 1. */
export async function connectAlice(url: URL, token: string): Promise<User> {
  const client = new Client(CLIENT_INFO);
  const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers: bearer(token) } });
  await client.connect(transport);
  return userOf(client, transport);
}

/** With the official client of SDK 2. */
export async function connectBob(url: URL, token: string): Promise<User> {
  const client = new ModernClient(CLIENT_INFO);
  const transport = new ModernTransport(url, { requestInit: { headers: bearer(token) } });
  await client.connect(transport);
  return userOf(client, transport);
}

function userOf(client: Client | ModernClient, transport: { terminateSession(): Promise<void> }): User {
  return {
    toolNames: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, args) => textOf(await client.callTool({ name, arguments: args })),
    close: async () => {
      await transport.terminateSession();
      await client.close();
    },
  };
}

function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

function textOf(result: object): string {
  const { content, isError } = result as { content: { type: string; text?: string }[]; isError?: boolean };
  const text = content
    .map((part) => part.text ?? `[${part.type}]`)
    .join(' ')
    .replaceAll(/\s+/g, ' ');
  if (isError === true) {
    throw new Error(text);
  }
  return text;
}
