import { failureOutcome, type Outcome } from '../../bridge/outcome';
import type { Round } from '../../bridge/round';
import type { JsonRpcRequest, JsonRpcResponse } from '../../mcp/json-rpc';
import { timedOut } from '../failure';
import type { ProxyMetrics } from '../proxy-metrics';
import { RETRY_AFTER } from '../refusal';
import type { Reply } from '../reply';

/** Statuses that say that the same request may be served later. */
const TEMPORARY = new Set([429, 503]);

export interface HttpRoundOptions {
  readonly request: JsonRpcRequest;
  readonly principal: string;
  readonly capabilities: object;
  readonly reply: Reply;
  readonly metrics: ProxyMetrics;
  /** The server has answered. */
  readonly onAnswer: (response: JsonRpcResponse) => void;
  readonly onOver: () => void;
}

/** What may end before the server has answered. */
export interface Endable {
  /** The client has gone away. */
  onDisconnect(): void;
  /** The client has waited for too long: this is its answer. */
  giveUp(outcome: Outcome, reason: string): void;
}

/** One request of a client of 2026-07-28, and the HTTP response to it. */
export class HttpRound implements Round {
  readonly request: JsonRpcRequest;
  readonly principal: string;
  readonly capabilities: object;
  private readonly startedAt = performance.now();
  private deadline: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(private readonly options: HttpRoundOptions) {
    this.request = options.request;
    this.principal = options.principal;
    this.capabilities = options.capabilities;
    options.metrics.callReceived(options.request);
    options.reply.startWaiting();
  }

  /** @param timeoutMs undefined for a request that lasts until somebody ends it */
  waitFor(call: Endable, timeoutMs: number | undefined): void {
    if (this.isOver) {
      return;
    }
    this.options.reply.onDisconnect(() => {
      if (this.over()) {
        this.options.metrics.callEnded(this.request, this.seconds());
        call.onDisconnect();
      }
    });
    if (timeoutMs !== undefined) {
      this.deadline = setTimeout(() => {
        const failure = timedOut(`The server did not answer within ${timeoutMs / 1000} s`);
        call.giveUp(failureOutcome(failure), failure.message);
      }, timeoutMs);
    }
  }

  notify(text: string): void {
    if (!this.isOver) {
      this.options.reply.openStream()?.send(text);
    }
  }

  answer({ text, status, response, failure }: Outcome): void {
    if (!this.over()) {
      return;
    }
    const { reply, metrics, onAnswer } = this.options;
    if (TEMPORARY.has(status)) {
      reply.headers = { 'retry-after': RETRY_AFTER };
    }
    reply.answer(text, status);
    if (failure === undefined) {
      metrics.callAnswered(this.request, this.seconds(), response);
      onAnswer(response);
    } else {
      metrics.callFailed(this.request, this.seconds(), failure);
    }
  }

  /** @returns whether it was not over before */
  private over(): boolean {
    const wasOver = this.isOver;
    if (!wasOver) {
      this.isOver = true;
      clearTimeout(this.deadline);
      this.options.onOver();
    }
    return !wasOver;
  }

  private seconds(): number {
    return (performance.now() - this.startedAt) / 1000;
  }
}
