import type { JsonRpcRequest } from '../../mcp/json-rpc';
import { ModernConnection } from '../modern-connection';
import { META } from '../request-meta';
import { SimulatedServer, type Received } from './simulated-server';

/** A request as the server has got it. */
export interface ReceivedRequest extends Received {
  readonly text: string;
  /** Of a subscription: the server has acknowledged it. */
  isAcknowledged: boolean;
}

/** A process of a server of 2026-07-28 that does what a test says. */
export class SimulatedModernServer extends SimulatedServer<ModernConnection, ReceivedRequest> {
  /** @param isImmediate whether all messages arrive at once */
  constructor({ isImmediate = true } = {}) {
    super((ports) => new ModernConnection(ports), isImmediate);
  }

  get requests(): ReceivedRequest[] {
    return this.all;
  }

  /** The requests that it works on, but for subscriptions. */
  get open(): ReceivedRequest[] {
    return this.requests.filter((each) => each.state === 'open' && !isListen(each));
  }

  get subscriptions(): ReceivedRequest[] {
    return this.requests.filter((each) => each.state === 'open' && isListen(each));
  }

  answer(to: ReceivedRequest = this.last, result: object = {}): void {
    to.state = 'answered';
    this.write({ id: to.request.id, result: { resultType: 'complete', ...result } });
  }

  refuse(to: ReceivedRequest = this.last, code = -32000, message = 'no'): void {
    to.state = 'answered';
    this.write({ id: to.request.id, error: { code, message } });
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

  protected override receive(request: JsonRpcRequest, text: string): ReceivedRequest {
    return { request, text, state: 'open', isAcknowledged: false };
  }
}

function isListen({ request }: ReceivedRequest): boolean {
  return request.method === 'subscriptions/listen';
}
