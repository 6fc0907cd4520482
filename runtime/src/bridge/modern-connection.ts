import { findJsonValue } from '../mcp/json-members';
import { ERROR_CODE, type JsonRpcMessage, type JsonRpcNotification, type JsonRpcRequest } from '../mcp/json-rpc';
import { MODERN_REVISION } from '../mcp/versions';
import type { CallFailure, CallHandle, CallListener } from './call';
import { answerTo } from './listeners';
import { META } from './request-meta';
import { ServerCalls } from './server-calls';
import { refusal, type ConnectionPorts, type ServerConnection } from './server-connection';

/** One suffices for that nobody knows whose a log message is. More of them let late answers clear that up. */
const MOST_REMEMBERED = 1000;

const LOG_LEVEL_PATH = ['params', '_meta', META.LOG_LEVEL];

const CHECK_META = { [META.PROTOCOL_VERSION]: MODERN_REVISION, [META.CLIENT_CAPABILITIES]: {} };

/**
 * A server process of 2026-07-28. It keeps nothing between requests and never asks, so any number of calls share it.
 */
export class ModernConnection implements ServerConnection {
  private readonly calls: ServerCalls;
  /** Those of the calls that listen, and so last. */
  private readonly subscriptions = new Set<number>();
  /** Those of the calls that want log messages. */
  private readonly logged = new Set<number>();
  /** Those that were cancelled since. Until their answers come, if ever, the server may still log for them. */
  private readonly loggedBefore = new Set<number>();

  /** @param mayLogToOne whether a call that is the only one in flight hears what the server logs */
  constructor(private readonly ports: ConnectionPorts, private readonly mayLogToOne = true) {
    this.calls = new ServerCalls((text) => ports.send(text));
  }

  get size(): number {
    return this.calls.size;
  }

  call(request: JsonRpcRequest, text: string, listener: CallListener): CallHandle {
    const id = this.calls.open(request, text, listener);
    if (request.method === 'subscriptions/listen') {
      this.subscriptions.add(id);
    } else if (findJsonValue(text, LOG_LEVEL_PATH) !== undefined) {
      this.logged.add(id);
    }
    return {
      cancel: (reason) => {
        this.subscriptions.delete(id);
        if (this.calls.cancel(id, reason) && this.logged.delete(id)) {
          this.remember(id);
        }
      },
      respond: () => undefined,
    };
  }

  check(): Promise<unknown> {
    const request = { jsonrpc: '2.0' as const, id: 0, method: 'server/discover', params: { _meta: CHECK_META } };
    return answerTo((listener) => this.calls.open(request, JSON.stringify(request), listener));
  }

  onMessage(message: JsonRpcMessage, text: string): void {
    if (!('method' in message)) {
      this.subscriptions.delete(message.id as number);
      this.logged.delete(message.id as number);
      this.loggedBefore.delete(message.id as number);
      if (!this.calls.answer(message, text)) {
        this.ports.onStray(message, 'an answer that nobody waits for');
      }
    } else if ('id' in message) {
      this.ports.send(refusal(message.id, ERROR_CODE.METHOD_NOT_FOUND, 'Servers send no requests in this revision'));
      this.ports.onStray(message, 'a request, which servers of 2026-07-28 may not send');
    } else {
      this.onNotification(message, text);
    }
  }

  fail(failure: CallFailure): void {
    this.subscriptions.clear();
    this.logged.clear();
    this.calls.failAll(failure);
  }

  private onNotification(notification: JsonRpcNotification, text: string): void {
    if (notification.method === 'notifications/progress') {
      this.route(this.calls.progress(notification, text), notification);
    } else if (notification.method === 'notifications/cancelled') {
      this.endSubscription(notification);
    } else if (notification.method === 'notifications/message') {
      this.route(this.toOnlyCall(notification, text), notification);
    } else {
      this.route(this.toSubscription(notification, text), notification);
    }
  }

  private remember(cancelled: number): void {
    this.loggedBefore.add(cancelled);
    if (this.loggedBefore.size > MOST_REMEMBERED) {
      const [oldest] = this.loggedBefore;
      this.loggedBefore.delete(oldest!);
    }
  }

  private toSubscription(notification: JsonRpcNotification, text: string): boolean {
    const id = metaOf(notification)?.[META.SUBSCRIPTION_ID] as number;
    const listener = this.subscriptions.has(id) ? this.calls.get(id) : undefined;
    listener?.onNotification(notification, text);
    return listener !== undefined;
  }

  /** Log messages do not say which request they belong to: while it may be one of several, nobody knows. */
  private toOnlyCall(notification: JsonRpcNotification, text: string): boolean {
    const id = this.calls.onlyExcept(this.subscriptions);
    if (!this.mayLogToOne || id === undefined || !this.logged.has(id) || this.loggedBefore.size > 0) {
      return false;
    }
    this.calls.get(id)?.onNotification(notification, text);
    return true;
  }

  /** The specification has a server end a subscription by an answer on one page, by this on another. */
  private endSubscription({ params }: JsonRpcNotification): void {
    const id = params?.requestId;
    if (this.subscriptions.delete(id as number)) {
      const result = { resultType: 'complete', _meta: { [META.SUBSCRIPTION_ID]: id } };
      const answer = { jsonrpc: '2.0', id: id as number, result } as const;
      this.calls.answer(answer, JSON.stringify(answer));
    }
  }

  private route(wasDelivered: boolean, notification: JsonRpcNotification): void {
    if (!wasDelivered) {
      this.ports.onStray(notification, 'it is not known which request it belongs to');
    }
  }
}

function metaOf(notification: JsonRpcNotification): Record<string, unknown> | undefined {
  return notification.params?._meta as Record<string, unknown> | undefined;
}
