import type { JsonRpcId, JsonRpcNotification, JsonRpcRequest, JsonRpcResponse } from '../mcp/json-rpc';

/** Failures that no answer of the server tells. */
export type FailureType = 'timeout' | 'unavailable';

/** Why a call ends without an answer of the server. */
export interface CallFailure {
  readonly type: FailureType;
  /** Of the JSON-RPC error that the client gets instead. */
  readonly code: number;
  readonly message: string;
  /** HTTP status for a client that is told of it before anything else. 200 where it does not say. */
  readonly status?: number;
}

/**
 * Hears what comes of one request to a server. Texts are as the server wrote them: ids, progress tokens and
 * subscription ids are those under which the connection sent the request.
 */
export interface CallListener {
  /** Progress, a log message of the call, or what a subscription delivers. */
  onNotification(notification: JsonRpcNotification, text: string): void;
  /** The server asks the client in mid-call, as servers before 2026-07-28 do. */
  onQuestion(question: JsonRpcRequest): void;
  /** The server wants no answer to its question any more. */
  onQuestionWithdrawn(id: JsonRpcId): void;
  /** The answer. Nothing comes after it. */
  onAnswer(answer: JsonRpcResponse, text: string): void;
  /** There will be no answer. Nothing comes after this. */
  onFailure(failure: CallFailure): void;
}

/** A request that is on its way, as its sender holds it. */
export interface CallHandle {
  /** Wants no answer any more: the listener hears nothing more. Without effect when the call is over. */
  cancel(reason: string): void;
  /** Answers a question of the server. Without effect when nobody waits for the answer. */
  respond(questionId: JsonRpcId, answer: { result: object } | { error: { code: number; message: string } }): void;
}
