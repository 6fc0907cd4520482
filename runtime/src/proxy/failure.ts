import { ERROR_CODE } from '../mcp/json-rpc';
import type { FailureType } from './proxy-metrics';

/** Why a call ends without an answer of the server. */
export interface Failure {
  readonly type: FailureType;
  /** Of the JSON-RPC error that the client gets instead. */
  readonly code: number;
  readonly message: string;
}

export function unavailable(message: string): Failure {
  return { type: 'unavailable', code: ERROR_CODE.INTERNAL_ERROR, message };
}

export function timedOut(message: string): Failure {
  return { type: 'timeout', code: ERROR_CODE.REQUEST_TIMEOUT, message };
}
