import { setJsonValue } from '../mcp/json-members';
import type { JsonRpcNotification } from '../mcp/json-rpc';
import { honoured, matches, type ChangeFilter } from './change-filter';
import { addressedTo, resultOutcome } from './outcome';
import { META } from './request-meta';
import type { Round } from './round';

/** A server that tells of more changes before it could be asked for them all is not heard. */
const MOST_EARLY = 1000;

/** `subscriptions/listen` of a client of 2026-07-28, with a server of before. */
export class ListenOnLegacy {
  /** What the server can tell of what the client asks for. */
  readonly filter: ChangeFilter;
  /** What has changed before the client was told that it will hear of it. Undefined from then on. */
  private early: Map<string, string> | undefined = new Map<string, string>();

  /** @param capabilities of the server */
  constructor(private readonly round: Round, capabilities: object) {
    this.filter = honoured(round.request.params?.notifications, capabilities);
  }

  /** The server has been asked for all of it: nothing is told before. */
  acknowledge(): void {
    this.round.notify(JSON.stringify({
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: { _meta: { [META.SUBSCRIPTION_ID]: this.round.request.id }, notifications: this.filter },
    }));
    const early = this.early ?? new Map<string, string>();
    this.early = undefined;
    early.forEach((text) => this.tell(text));
  }

  onChange({ method, params }: JsonRpcNotification, text: string): void {
    if (!matches(this.filter, method, params)) {
      return;
    }
    if (this.early === undefined) {
      this.tell(text);
    } else if (this.early.size < MOST_EARLY) {
      // That it has changed twice says no more than that it has changed.
      this.early.set(typeof params?.uri === 'string' ? `${method} ${params.uri}` : method, text);
    }
  }

  /** The server ends the subscription (2026-07-28, Subscriptions, Graceful Closure). */
  end(): void {
    const { request } = this.round;
    this.round.answer(addressedTo(request, resultOutcome({
      resultType: 'complete', _meta: { [META.SUBSCRIPTION_ID]: request.id },
    })));
  }

  private tell(text: string): void {
    const { id } = this.round.request;
    this.round.notify(setJsonValue(text, ['params', '_meta', META.SUBSCRIPTION_ID], JSON.stringify(id)));
  }
}
