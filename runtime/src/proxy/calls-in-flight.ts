import type { CallFailure, FailureType } from '../bridge/call';
import { QuietWaiters } from '../bridge/quiet-waiters';
import { progressTokenOf } from '../bridge/round';
import {
  ERROR_CODE, errorResponse, type JsonRpcId, type JsonRpcRequest, type JsonRpcResponse,
} from '../mcp/json-rpc';
import type { ProxyMetrics } from './proxy-metrics';
import { Refusal } from './refusal';
import type { CallReply, WrapConnection } from './reply';
import type { Timeout, Timeouts } from './timeouts';

/** A request of the client that the server has not answered yet. */
export interface Call {
  readonly request: JsonRpcRequest;
  readonly reply: CallReply;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
  readonly timeouts: Timeouts;
  readonly deadline: Timeout;
}

/** Servers need not answer what was cancelled, so the oldest are forgotten at last. */
const MOST_ABANDONED = 10_000;

/** Until there is a session, the HTTP status says that the server is not there; after that JSON-RPC alone does. */
const INITIALIZE_STATUS: Record<FailureType, number> = { unavailable: 502, timeout: 504 };

/** The calls of one session that wait for their answers, oldest first. */
export class CallsInFlight {
  private readonly calls = new Map<JsonRpcId, Call>();
  /**
   * Calls that nobody waits for, whose answers may still come. Their ids are not free: a late answer would pass
   * for that of another call, which may be of another kind and guarded by another decision.
   */
  private readonly abandoned = new Set<JsonRpcId>();
  private readonly quietWaiters = new QuietWaiters(() => this.calls.size === 0);

  constructor(private readonly metrics: ProxyMetrics, private readonly wrap: WrapConnection) {}

  get size(): number {
    return this.calls.size;
  }

  /** @param id what a message names as the call's id */
  get(id: unknown): Call | undefined {
    return this.calls.get(id as JsonRpcId);
  }

  /** The call that is in flight alone. */
  get only(): Call | undefined {
    const [first, second] = this.calls.values();
    return second === undefined ? first : undefined;
  }

  newestFirst(): Call[] {
    return [...this.calls.values()].reverse();
  }

  /** The call that asked for progress under this token. */
  ofProgressToken(token: unknown): Call | undefined {
    return this.newestFirst().find(({ request }) => token !== undefined && progressTokenOf(request) === token);
  }

  /** @throws Refusal when a call of the same id is in flight, or its answer may still come. */
  add(request: JsonRpcRequest, reply: CallReply, timeouts: Timeouts, onTimeout: (call: Call) => void): void {
    if (this.calls.has(request.id)) {
      throw new Refusal(400, ERROR_CODE.INVALID_REQUEST, 'A request with this id is in flight already');
    }
    if (this.abandoned.has(request.id)) {
      throw new Refusal(400, ERROR_CODE.INVALID_REQUEST, 'The server may still answer an earlier request with this id');
    }
    const call: Call = {
      request, reply, timeouts,
      startedAt: performance.now(),
      deadline: timeouts.start(() => onTimeout(call)),
    };
    this.calls.set(request.id, call);
    reply.startWaiting(this.wrap);
    this.metrics.callReceived(request);
  }

  /** @param text the answer as the server wrote it */
  answer(call: Call, answer: JsonRpcResponse, text: string): void {
    call.reply.answer(text);
    this.metrics.callAnswered(call.request, this.remove(call), answer);
  }

  fail(call: Call, { type, code, message }: CallFailure): void {
    const { request, reply } = call;
    // There is no session that the client could go on with.
    reply.headers = {};
    const status = request.method === 'initialize' ? INITIALIZE_STATUS[type] : 200;
    reply.answer(JSON.stringify(errorResponse(request.id, code, message)), status);
    this.metrics.callFailed(request, this.remove(call), type);
    this.abandon(request.id);
  }

  failAll(failure: CallFailure): void {
    for (const call of this.calls.values()) {
      this.fail(call, failure);
    }
  }

  /**
   * The client wants no answer any more (2025-11-25, Cancellation).
   *
   * @param id as the client names it: the call may have ended
   */
  cancel(id: unknown): void {
    const call = this.get(id);
    if (call !== undefined) {
      call.reply.dismiss(call.request.id);
      this.metrics.callEnded(call.request, this.remove(call));
      this.abandon(call.request.id);
    }
  }

  /** An answer came that nobody waits for: from now on its id is free. */
  answeredLate(id: JsonRpcId | null): void {
    if (id !== null) {
      this.abandoned.delete(id);
    }
  }

  /** Resolves when no call is in flight. */
  quiet(): Promise<void> {
    return this.quietWaiters.wait();
  }

  private abandon(id: JsonRpcId): void {
    this.abandoned.add(id);
    if (this.abandoned.size > MOST_ABANDONED) {
      const [oldest] = this.abandoned;
      this.abandoned.delete(oldest!);
    }
  }

  /** @returns how long the call took, in seconds */
  private remove(call: Call): number {
    call.timeouts.cancel(call.deadline);
    this.calls.delete(call.request.id);
    this.quietWaiters.check();
    return (performance.now() - call.startedAt) / 1000;
  }
}
