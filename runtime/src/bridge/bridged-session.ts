import {
  ERROR_CODE, errorResponse, type JsonRpcId, type JsonRpcMessage, type JsonRpcNotification, type JsonRpcRequest,
} from '../mcp/json-rpc';
import { isLogLevel, type LogLevel } from './request-meta';
import { ClientQuestions, type Deliver, type SessionClient } from './session-client';

/** A server behind a bridged session, whatever era it is of. */
export interface SessionServer {
  /**
   * @param params of the client's `initialize`
   * @returns its result
   * @throws Error saying why there can be no session.
   */
  initialize(params: Record<string, unknown>): Promise<object>;
  /** The client is ready for what belongs to no call. */
  initialized(): void;
  /** Sends a request. What comes of it is delivered to the client. */
  call(request: JsonRpcRequest, text: string, logLevel: LogLevel | undefined): { cancel(reason: string): void };
  /** @throws Error saying why changes of the resource cannot be told. */
  subscribe(uri: string): Promise<void>;
  unsubscribe(uri: string): Promise<void>;
  /** The session is over. */
  end(): void;
}

/** What only servers of another era or protocol have. A client that has a session does not know it. */
const NOT_IN_SESSIONS = /^(tasks|server|subscriptions)\//;

/**
 * A session of a client of before 2026-07-28 with a server that has none of its own for it: one of 2026-07-28, or one
 * whose process several sessions share. What concerns the session alone is answered here.
 */
export class BridgedSession {
  private readonly calls = new Map<JsonRpcId, { cancel(reason: string): void }>();
  private readonly client: SessionClient;
  private readonly server: SessionServer;
  private logLevel: LogLevel | undefined;

  /** @param deliver writes to the client */
  constructor(private readonly deliver: Deliver, serve: (client: SessionClient) => SessionServer) {
    this.client = {
      questions: new ClientQuestions(deliver),
      deliver: (message, text, related) => {
        if (!('method' in message)) {
          this.calls.delete(message.id!);
        }
        deliver(message, text, related);
      },
    };
    this.server = serve(this.client);
  }

  /** Calls in flight. */
  get size(): number {
    return this.calls.size;
  }

  /** A message of the client. */
  onMessage(message: JsonRpcMessage, text: string): void {
    if (!('method' in message)) {
      this.client.questions.answer(message);
    } else if ('id' in message) {
      this.onRequest(message, text);
    } else {
      this.onNotification(message);
    }
  }

  /** The session is over: its calls are not wanted any more. */
  end(): void {
    this.calls.forEach((call) => call.cancel('The session is over'));
    this.calls.clear();
    this.server.end();
  }

  private onRequest(request: JsonRpcRequest, text: string): void {
    const { params = {} } = request;
    switch (request.method) {
      case 'initialize':
        this.answerWith(request, this.server.initialize(params));
        break;
      case 'ping':
        this.answer(request, {});
        break;
      case 'logging/setLevel':
        this.setLogLevel(request, params.level);
        break;
      case 'resources/subscribe':
        this.changeSubscription(request, (uri) => this.server.subscribe(uri));
        break;
      case 'resources/unsubscribe':
        this.changeSubscription(request, (uri) => this.server.unsubscribe(uri));
        break;
      default:
        this.call(request, text);
    }
  }

  private call(request: JsonRpcRequest, text: string): void {
    if (NOT_IN_SESSIONS.test(request.method)) {
      this.refuse(request, ERROR_CODE.METHOD_NOT_FOUND, 'Method not found');
    } else {
      this.calls.set(request.id, this.server.call(request, text, this.logLevel));
    }
  }

  private onNotification({ method, params }: JsonRpcNotification): void {
    if (method === 'notifications/initialized') {
      this.server.initialized();
    } else if (method === 'notifications/cancelled') {
      const id = params?.requestId as JsonRpcId;
      this.calls.get(id)?.cancel('The client has cancelled the request');
      this.calls.delete(id);
    }
  }

  private changeSubscription(request: JsonRpcRequest, change: (uri: string) => Promise<void>): void {
    const { uri } = request.params ?? {};
    if (typeof uri === 'string') {
      this.answerWith(request, change(uri).then(() => ({})));
    } else {
      this.refuse(request, ERROR_CODE.INVALID_PARAMS, 'A resource is named by its uri');
    }
  }

  private setLogLevel(request: JsonRpcRequest, level: unknown): void {
    if (isLogLevel(level)) {
      this.logLevel = level;
      this.answer(request, {});
    } else {
      this.refuse(request, ERROR_CODE.INVALID_PARAMS, 'Not a log level');
    }
  }

  private answerWith(request: JsonRpcRequest, result: Promise<object>): void {
    result.then((value) => this.answer(request, value)).catch((error: unknown) =>
      this.refuse(request, ERROR_CODE.INTERNAL_ERROR, (error as Error).message));
  }

  private answer({ id }: JsonRpcRequest, result: object): void {
    const answer = { jsonrpc: '2.0' as const, id, result: result as Record<string, unknown> };
    this.deliver(answer, JSON.stringify(answer));
  }

  private refuse({ id }: JsonRpcRequest, code: number, message: string): void {
    const answer = errorResponse(id, code, message);
    this.deliver(answer, JSON.stringify(answer));
  }
}
