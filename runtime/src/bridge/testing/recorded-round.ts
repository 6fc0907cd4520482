import { parseMessage, type JsonRpcNotification, type JsonRpcRequest, type JsonRpcResponse } from '../../mcp/json-rpc';
import type { Outcome } from '../outcome';
import type { Round } from '../round';

export interface RoundOptions {
  readonly principal?: string;
  readonly capabilities?: object;
}

/** A request of a client of 2026-07-28 that remembers what has come back. It fails when something comes too late. */
export class RecordedRound implements Round {
  readonly principal: string;
  readonly capabilities: object;
  readonly notifications: JsonRpcNotification[] = [];
  outcome: Outcome | undefined;
  /** The client has gone away. */
  isGone = false;

  constructor(readonly request: JsonRpcRequest, { principal = 'somebody', capabilities = {} }: RoundOptions = {}) {
    this.principal = principal;
    this.capabilities = capabilities;
  }

  /** Whether its client waits for the answer. */
  get isOpen(): boolean {
    return this.outcome === undefined && !this.isGone;
  }

  /** The answer as the client reads it. */
  get response(): JsonRpcResponse {
    if (this.outcome === undefined) {
      throw new Error('the request has no answer');
    }
    return parseMessage(this.outcome.text) as JsonRpcResponse;
  }

  get result(): Record<string, unknown> {
    return this.response.result ?? {};
  }

  notify(text: string): void {
    this.mustBeOpen(text);
    this.notifications.push(parseMessage(text) as JsonRpcNotification);
  }

  answer(outcome: Outcome): void {
    this.mustBeOpen(outcome.text);
    this.outcome = outcome;
    if (this.response.id !== this.request.id) {
      throw new Error(`the answer is not to this request: ${outcome.text}`);
    }
  }

  private mustBeOpen(text: string): void {
    if (!this.isOpen) {
      throw new Error(`nobody waits for ${text}`);
    }
  }
}
