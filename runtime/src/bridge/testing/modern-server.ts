import type { JsonRpcMessage, JsonRpcRequest } from '../../mcp/json-rpc';
import { ModernConnection } from '../modern-connection';
import { META } from '../request-meta';
import { Wire } from './wire';

/** A request as the server has got it. */
export interface ReceivedRequest {
  readonly request: JsonRpcRequest;
  readonly text: string;
  state: 'open' | 'cancelled' | 'answered';
  /** Of a subscription: the server has acknowledged it. */
  isAcknowledged: boolean;
}

/** A process of a server of 2026-07-28 that does what a test says. */
export class SimulatedModernServer {
  readonly connection: ModernConnection;
  readonly toServer: Wire;
  readonly toBridge: Wire;
  readonly requests: ReceivedRequest[] = [];
  /** All that it was sent. */
  readonly received: JsonRpcMessage[] = [];
  /** What was passed to nobody. */
  readonly strays: JsonRpcMessage[] = [];
  isDead = false;

  /** @param isImmediate whether all messages arrive at once */
  constructor({ isImmediate = true } = {}) {
    this.connection = new ModernConnection({
      send: (text) => this.toServer.write(text),
      onChange: () => undefined,
      onStray: (message) => this.strays.push(message),
    });
    this.toServer = new Wire((message, text) => this.onMessage(message, text), isImmediate);
    this.toBridge = new Wire((message, text) => this.connection.onMessage(message, text), isImmediate);
  }

  /** The requests that it works on, but for subscriptions. */
  get open(): ReceivedRequest[] {
    return this.requests.filter((each) => each.state === 'open' && !isListen(each));
  }

  get subscriptions(): ReceivedRequest[] {
    return this.requests.filter((each) => each.state === 'open' && isListen(each));
  }

  /** The last request that it has got. */
  get last(): ReceivedRequest {
    const request = this.requests.at(-1);
    if (request === undefined) {
      throw new Error('the server has no request');
    }
    return request;
  }

  write(message: object): void {
    if (!this.isDead) {
      this.toBridge.write(JSON.stringify({ jsonrpc: '2.0', ...message }));
    }
  }

  answer(to: ReceivedRequest = this.last, result: object = {}): void {
    to.state = 'answered';
    this.write({ id: to.request.id, result: { resultType: 'complete', ...result } });
  }

  refuse(to: ReceivedRequest = this.last, code = -32000, message = 'no'): void {
    to.state = 'answered';
    this.write({ id: to.request.id, error: { code, message } });
  }

  progress(of: ReceivedRequest, params: object): void {
    const meta = of.request.params?._meta as { progressToken?: unknown } | undefined;
    this.write({
      method: 'notifications/progress', params: { progressToken: meta?.progressToken ?? of.request.id, ...params },
    });
  }

  log(data: unknown): void {
    this.write({ method: 'notifications/message', params: { level: 'info', data } });
  }

  acknowledge(subscription: ReceivedRequest = this.last, notifications?: unknown): void {
    subscription.isAcknowledged = true;
    this.tell(subscription, 'notifications/subscriptions/acknowledged', {
      notifications: notifications ?? subscription.request.params?.notifications,
    });
  }

  tell(subscription: ReceivedRequest, method: string, params: object = {}): void {
    this.write({ method, params: { ...params, _meta: { [META.SUBSCRIPTION_ID]: subscription.request.id } } });
  }

  /** The process ends. */
  die(): void {
    if (!this.isDead) {
      this.isDead = true;
      this.toServer.cut();
      this.toBridge.deliver();
      this.connection.fail({ type: 'unavailable', code: -32603, message: 'its process ended' });
    }
  }

  private onMessage(message: JsonRpcMessage, text: string): void {
    this.received.push(message);
    if ('method' in message && 'id' in message) {
      this.requests.push({ request: message, text, state: 'open', isAcknowledged: false });
    } else if ('method' in message && message.method === 'notifications/cancelled') {
      const cancelled = this.requests.find(({ request }) => request.id === message.params?.requestId);
      if (cancelled?.state === 'open') {
        cancelled.state = 'cancelled';
      }
    }
  }
}

function isListen({ request }: ReceivedRequest): boolean {
  return request.method === 'subscriptions/listen';
}
