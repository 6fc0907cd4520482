import { META } from '../../runtime/src/bridge/request-meta';
import { HEADER, JSON_TYPE, SSE_TYPE } from '../../runtime/src/mcp/headers';
import { MODERN_REVISION } from '../../runtime/src/mcp/versions';
import { answerTo } from '../../runtime/src/testing/answers';
import { messagesOf, type ReceivedMessage } from '../../runtime/src/testing/raw-client';

type Headers = Record<string, string>;

/** A request of 2026-07-28. */
export interface ModernRequest {
  readonly jsonrpc: '2.0';
  readonly id: string;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** All that came of a request. */
export interface Exchange {
  readonly status: number;
  /** Of the result, if there is one; else empty. */
  readonly result: Record<string, unknown>;
  readonly error: ReceivedMessage['error'];
  /** What came before the answer. */
  readonly notifications: readonly ReceivedMessage[];
}

/** What a server asks for, by the keys of the answers. */
export type InputRequests = Record<string, { readonly method: string; readonly params?: unknown }>;

/** A client of 2026-07-28 that is nothing but HTTP requests: tests say and see exactly what goes over the wire. */
export class ModernClient {
  private requests = 0;

  /** @param credentials headers that say who calls, made for each request */
  constructor(
    readonly url: string, private readonly credentials: () => Promise<Headers>,
    private readonly capabilities: object = {},
  ) {}

  request(method: string, params: object = {}, meta: object = {}): ModernRequest {
    return {
      jsonrpc: '2.0', id: `request-${++this.requests}`, method,
      params: {
        ...params,
        _meta: {
          [META.PROTOCOL_VERSION]: MODERN_REVISION,
          [META.CLIENT_INFO]: { name: 'raw', version: '1' },
          [META.CLIENT_CAPABILITIES]: this.capabilities,
          ...meta,
        },
      },
    };
  }

  toolCall(name: string, args: object = {}, meta: object = {}): ModernRequest {
    return this.request('tools/call', { name, arguments: args }, meta);
  }

  /** Sends a request with the headers that it should have, but for those that are given. */
  async post(request: ModernRequest, headers: Headers = {}, signal?: AbortSignal): Promise<Response> {
    const { method, params } = request;
    const name = params.name ?? params.uri ?? params.taskId;
    return fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': JSON_TYPE, accept: `${JSON_TYPE}, ${SSE_TYPE}`,
        [HEADER.PROTOCOL_VERSION]: MODERN_REVISION, 'mcp-method': method,
        ...(typeof name === 'string' && { 'mcp-name': name }),
        ...await this.credentials(),
        ...headers,
      },
      body: JSON.stringify(request),
      signal,
    });
  }

  /** Sends a request and waits for its answer. */
  async send(request: ModernRequest, headers: Headers = {}): Promise<Exchange> {
    const response = await this.post(request, headers);
    const messages: ReceivedMessage[] = [];
    for await (const message of messagesOf(response)) {
      messages.push(message);
    }
    const answer = messages.pop();
    if (answer?.id !== request.id) {
      throw new Error(`no answer to ${request.id}: ${JSON.stringify(answer)}`);
    }
    return { status: response.status, result: answer.result ?? {}, error: answer.error, notifications: messages };
  }

  call(name: string, args: object = {}, meta: object = {}): Promise<Exchange> {
    return this.send(this.toolCall(name, args, meta));
  }

  /** The same request again, with the answers to what it brought and the state that came with that. */
  retry(request: ModernRequest, { result }: Exchange, inputResponses: object = answersTo(result)): Promise<Exchange> {
    return this.send(this.retryOf(request, result.requestState, inputResponses));
  }

  retryOf({ method, params }: ModernRequest, requestState: unknown, inputResponses: object): ModernRequest {
    const { _meta: meta, ...others } = params;
    return this.request(method, { ...others, requestState, inputResponses }, meta as object);
  }

  /** Sends a request and gives what comes, as it comes, until the client leaves. */
  async open(request: ModernRequest): Promise<OpenExchange> {
    const leaving = new AbortController();
    const response = await this.post(request, {}, leaving.signal);
    const messages = messagesOf(response);
    return {
      next: async () => (await messages.next()).value as ReceivedMessage | undefined,
      leave: () => leaving.abort(),
    };
  }
}

/** An answer that is on its way. */
export interface OpenExchange {
  /** The next message, undefined when there are no more. */
  next(): Promise<ReceivedMessage | undefined>;
  leave(): void;
}

/** The answer to everything that a result asks for. */
export function answersTo({ inputRequests = {} }: Record<string, unknown>): Record<string, object> {
  return Object.fromEntries(Object.entries(inputRequests as InputRequests)
    .map(([key, { method, params }]) => [key, answerTo(method, params)]));
}

/** The text of a tool's result. */
export function textOf({ result, error }: Exchange): string {
  const content = result.content as { text?: string }[] | undefined;
  if (content === undefined) {
    throw new Error(`no result of a tool: ${JSON.stringify(error ?? result)}`);
  }
  return content.map(({ text }) => text ?? '').join('');
}
