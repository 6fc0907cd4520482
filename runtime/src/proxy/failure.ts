import type { CallFailure } from '../bridge/call';
import { ERROR_CODE } from '../mcp/json-rpc';

export function unavailable(message: string): CallFailure {
  return { type: 'unavailable', code: ERROR_CODE.INTERNAL_ERROR, message };
}

export function timedOut(message: string): CallFailure {
  return { type: 'timeout', code: ERROR_CODE.REQUEST_TIMEOUT, message };
}
