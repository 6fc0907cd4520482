import { randomUUID } from 'node:crypto';
import type { JsonRpcRequest, JsonRpcResponse } from '../mcp/json-rpc';
import type { SessionServer } from './bridged-session';
import type { CallHandle, CallListener } from './call';
import { toModernClientCapabilities } from './capabilities';
import { checkMayWatch, listsThatChange, type ChangeFilter } from './change-filter';
import { ChangeSubscription } from './change-subscription';
import type { Clock } from './clock';
import { isObject } from './json-object';
import { answerTo } from './listeners';
import { MultiRoundCall } from './multi-round-call';
import { wrappedTools } from './output-schema';
import type { LogLevel } from './request-meta';
import type { SessionClient } from './session-client';
import { initializeResult, toModernRequest } from './to-legacy';

export interface SessionOnModernOptions {
  readonly clock: Clock;
  /** Whether the server learns of the client's roots. */
  readonly roots: boolean;
  /** Name of the server, where it does not say its own. */
  readonly serverName: string;
  /** Sends a request of 2026-07-28. */
  readonly send: (request: JsonRpcRequest, text: string, listener: CallListener) => CallHandle;
}

/** A session of a client of before 2026-07-28 with a server of 2026-07-28. */
export class SessionOnModern implements SessionServer {
  private clientInfo: object | undefined;
  private capabilities: object = {};
  private lists: ChangeFilter = {};
  private readonly uris = new Set<string>();
  /** Tools whose output has another schema than clients of before can know. */
  private readonly wrapped = new Set<unknown>();
  private readonly changes: ChangeSubscription;

  constructor(private readonly client: SessionClient, private readonly options: SessionOnModernOptions) {
    this.changes = new ChangeSubscription({
      clock: options.clock,
      filter: () => this.filter(),
      listen: (request, listener) => this.send(request, JSON.stringify(request), listener),
      onChange: (notification, text) => client.deliver(notification, text),
    });
  }

  async initialize({ protocolVersion, capabilities, clientInfo }: Record<string, unknown>): Promise<object> {
    this.clientInfo = clientInfo as object | undefined;
    this.capabilities = toModernClientCapabilities(capabilities, { roots: this.options.roots });
    const { result, error } = await this.request('server/discover');
    if (!isObject(result)) {
      throw new Error(`the server refused server/discover: ${error?.message ?? 'it gave no result'}`);
    }
    this.lists = listsThatChange(result.capabilities ?? {});
    return initializeResult(result, protocolVersion, this.options.serverName);
  }

  initialized(): void {
    if (Object.keys(this.lists).length > 0) {
      void this.changes.update();
    }
  }

  call(request: JsonRpcRequest, text: string, logLevel: LogLevel | undefined): { cancel(reason: string): void } {
    return new MultiRoundCall(request, this.inItsForm(request, text, logLevel), {
      client: this.client,
      capabilities: this.capabilities,
      clock: this.options.clock,
      mintElicitationId: randomUUID,
      learn: (method, result) => this.learn(method, result),
      isOutputWrapped: (tool) => this.wrapped.has(tool),
      send: this.options.send,
    });
  }

  async subscribe(uri: string): Promise<void> {
    if (!this.uris.has(uri)) {
      checkMayWatch(uri, this.uris.size);
    }
    this.uris.add(uri);
    const uris: unknown = (await this.changes.update())?.resourceSubscriptions;
    if (!Array.isArray(uris) || !uris.includes(uri)) {
      this.uris.delete(uri);
      throw new Error('The server does not tell of changes of this resource');
    }
  }

  async unsubscribe(uri: string): Promise<void> {
    if (this.uris.delete(uri)) {
      await this.changes.update();
    }
  }

  end(): void {
    this.changes.end();
  }

  private learn(method: string, result: unknown): void {
    if (method === 'tools/list') {
      wrappedTools(result).forEach((tool) => this.wrapped.add(tool));
    }
  }

  private filter(): ChangeFilter {
    return { ...this.lists, ...(this.uris.size > 0 && { resourceSubscriptions: [...this.uris] }) };
  }

  private request(method: string): Promise<JsonRpcResponse> {
    const request = { jsonrpc: '2.0' as const, id: 0, method };
    return answerTo((listener) => this.send(request, JSON.stringify(request), listener));
  }

  private send(request: JsonRpcRequest, text: string, listener: CallListener): CallHandle {
    return this.options.send(request, this.inItsForm(request, text), listener);
  }

  private inItsForm(request: JsonRpcRequest, text: string, logLevel?: LogLevel): string {
    const { clientInfo, capabilities } = this;
    return toModernRequest(text, request, { clientInfo, clientCapabilities: capabilities, logLevel });
  }
}
