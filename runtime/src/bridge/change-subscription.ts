import { removeJsonValue } from '../mcp/json-members';
import type { JsonRpcNotification, JsonRpcRequest } from '../mcp/json-rpc';
import type { CallHandle, CallListener } from './call';
import { matches, type ChangeFilter } from './change-filter';
import type { Clock } from './clock';
import { isObject } from './json-object';
import { META } from './request-meta';

/** After a server has ended a subscription, it is subscribed to anew after this, in ms. */
const RESUBSCRIBE_MS = 1000;

export interface ChangeSubscriptionOptions {
  readonly clock: Clock;
  /** What is wanted now. */
  filter(): ChangeFilter;
  /** Opens a subscription. The request has the form of 2026-07-28 but for its `_meta`. */
  listen(request: JsonRpcRequest, listener: CallListener): CallHandle;
  onChange(notification: JsonRpcNotification, text: string): void;
}

interface Listen {
  /** Undefined until it has been sent. */
  handle?: CallHandle;
}

/**
 * What a client with a session is told of by a server of 2026-07-28. The filter of a subscription is fixed there, so
 * that each change of what is wanted opens a new one: the old goes on until the server has acknowledged the new, and
 * nothing is missed or told twice.
 */
export class ChangeSubscription {
  private current: Listen | undefined;
  /** The newest, as long as it is not acknowledged. */
  private opening: Listen | undefined;
  /** Called with what the server has acknowledged, or undefined when there will be no subscription. */
  private waiting: ((acknowledged: ChangeFilter | undefined) => void)[] = [];
  private cancelRetry: (() => void) | undefined;
  private isOver = false;

  constructor(private readonly options: ChangeSubscriptionOptions) {}

  /**
   * What is wanted has changed.
   *
   * @returns what of it the server has agreed to tell; undefined when it tells nothing
   */
  async update(): Promise<ChangeFilter | undefined> {
    if (this.isOver) {
      return undefined;
    }
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.open();
    });
  }

  end(): void {
    this.isOver = true;
    this.cancelRetry?.();
    this.opening?.handle?.cancel('The session is over');
    this.current?.handle?.cancel('The session is over');
    this.settle(undefined);
  }

  private open(): void {
    this.cancelRetry?.();
    if (this.current === undefined) {
      // Its acknowledgement may be on its way, and then what it tells.
      this.current = this.opening;
    } else {
      this.opening?.handle?.cancel('Another subscription takes its place');
    }
    const listen: Listen = {};
    const request = {
      jsonrpc: '2.0' as const, id: 0, method: 'subscriptions/listen',
      params: { notifications: this.options.filter() },
    };
    this.opening = listen;
    listen.handle = this.options.listen(request, {
      onNotification: (notification, text) => this.onNotification(listen, notification, text),
      onQuestion: () => undefined,
      onQuestionWithdrawn: () => undefined,
      onAnswer: ({ error }) => this.onEnd(listen, error === undefined),
      onFailure: () => this.onEnd(listen, true),
    });
  }

  private onNotification(listen: Listen, notification: JsonRpcNotification, text: string): void {
    if (listen === this.opening && notification.method === 'notifications/subscriptions/acknowledged') {
      this.current?.handle?.cancel('Another subscription has taken its place');
      this.current = listen;
      this.opening = undefined;
      this.settle(acknowledged(notification));
    } else if (listen === this.current && this.isWanted(notification)) {
      this.options.onChange(notification, removeJsonValue(text, ['params', '_meta', META.SUBSCRIPTION_ID]));
    }
  }

  /** Until a smaller subscription takes its place, one may tell of what is not wanted any more. */
  private isWanted({ method, params }: JsonRpcNotification): boolean {
    return matches(this.options.filter(), method, params);
  }

  /** @param mayReturn whether the server may take the same subscription another time */
  private onEnd(listen: Listen, mayReturn: boolean): void {
    if (listen === this.opening) {
      this.opening = undefined;
      this.settle(undefined);
      this.openLater(mayReturn);
    } else if (listen === this.current) {
      this.current = undefined;
      this.openLater(true);
    }
  }

  private openLater(mayReturn: boolean): void {
    if (mayReturn && this.opening === undefined && !this.isOver) {
      this.cancelRetry?.();
      this.cancelRetry = this.options.clock.after(RESUBSCRIBE_MS, () => this.open());
    }
  }

  private settle(acknowledged: ChangeFilter | undefined): void {
    this.waiting.splice(0).forEach((resolve) => resolve(acknowledged));
  }
}

/** What a server has agreed to tell, whatever it wrote. */
function acknowledged({ params }: JsonRpcNotification): ChangeFilter | undefined {
  const { notifications } = params ?? {};
  return isObject(notifications) ? notifications : undefined;
}
