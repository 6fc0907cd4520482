import { HEADER, JSON_TYPE, SSE_TYPE } from '../mcp/headers';
import type { JsonRpcError, JsonRpcId } from '../mcp/json-rpc';
import { SseParser } from '../mcp/sse';

/** A message as it came, before anything is known of it. */
export interface ReceivedMessage {
  readonly jsonrpc: '2.0';
  readonly id?: JsonRpcId | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: JsonRpcError;
}

type Headers = Record<string, string>;

/** A client that is nothing but HTTP requests, so that tests say and see exactly what goes over the wire. */
export class RawClient {
  sessionId: string | undefined;
  private nextId = 1;

  /** @param everyHeader sent with each request, such as an access token */
  constructor(readonly url: string, private readonly everyHeader: Headers = {}) {}

  /** Begins a session as clients do. */
  async initialize(capabilities: object = {}): Promise<ReceivedMessage> {
    const response = await this.post(this.request('initialize', {
      protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'raw', version: '1' },
    }));
    this.sessionId = response.headers.get(HEADER.SESSION_ID) ?? undefined;
    const answer = await lastMessage(response);
    if (this.sessionId !== undefined) {
      await this.post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    }
    return answer;
  }

  request(method: string, params?: object): { jsonrpc: '2.0'; id: number; method: string; params?: object } {
    return { jsonrpc: '2.0', id: this.nextId++, method, params };
  }

  toolCall(name: string, args: object = {}, meta?: object) {
    return this.request('tools/call', { name, arguments: args, _meta: meta });
  }

  /** Sends a message; a string or bytes as they are. */
  post(message: object | string, headers: Headers = {}, signal?: AbortSignal): Promise<Response> {
    return fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': JSON_TYPE, accept: `${JSON_TYPE}, ${SSE_TYPE}`, ...this.sessionHeader(), ...headers,
      },
      body: typeof message === 'string' ? message : JSON.stringify(message),
      signal,
    });
  }

  get(headers: Headers = {}, signal?: AbortSignal): Promise<Response> {
    return fetch(this.url, { headers: { accept: SSE_TYPE, ...this.sessionHeader(), ...headers }, signal });
  }

  delete(headers: Headers = {}): Promise<Response> {
    return fetch(this.url, { method: 'DELETE', headers: { ...this.sessionHeader(), ...headers } });
  }

  /** Calls a tool and gives the answer, whichever way it comes. */
  async call(name: string, args: object = {}): Promise<ReceivedMessage> {
    return lastMessage(await this.post(this.toolCall(name, args)));
  }

  /** Calls a tool and gives the text of its result. */
  async callForText(name: string, args: object = {}): Promise<string> {
    return textOf(await this.call(name, args));
  }

  private sessionHeader(): Headers {
    return { ...this.everyHeader, ...(this.sessionId === undefined ? {} : { [HEADER.SESSION_ID]: this.sessionId }) };
  }
}

/** The messages of a response, as they come. */
export async function* messagesOf(response: Response): AsyncGenerator<ReceivedMessage> {
  if (response.headers.get('content-type') !== SSE_TYPE) {
    yield await response.json() as ReceivedMessage;
    return;
  }
  const parser = new SseParser();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    for (const { data } of parser.push(chunk)) {
      // An event without a message is there for its id.
      if (data !== '') {
        yield JSON.parse(data) as ReceivedMessage;
      }
    }
  }
}

export async function allMessages(response: Response): Promise<ReceivedMessage[]> {
  const messages: ReceivedMessage[] = [];
  for await (const message of messagesOf(response)) {
    messages.push(message);
  }
  return messages;
}

export async function lastMessage(response: Response): Promise<ReceivedMessage> {
  return (await allMessages(response)).at(-1)!;
}

/** The text of a tool's result. */
export function textOf(message: ReceivedMessage): string {
  const content = message.result?.content as { text: string }[] | undefined;
  if (content === undefined) {
    throw new Error(`no result of a tool: ${JSON.stringify(message)}`);
  }
  return content.map(({ text }) => text).join('');
}
