import { setJsonValue } from '../mcp/json-members';
import {
  ERROR_CODE, errorResponse, type JsonRpcId, type JsonRpcRequest, type JsonRpcResponse,
} from '../mcp/json-rpc';
import type { CallFailure } from './call';

/** What a request of 2026-07-28 is answered with: a response, and the HTTP status that goes with it. */
export interface Outcome {
  readonly text: string;
  readonly status: number;
  /** What the response says, as far as it is counted. */
  readonly response: JsonRpcResponse;
  /** Why the server did not answer, if it did not. */
  readonly failure?: CallFailure['type'];
}

export function resultOutcome(result: object): Outcome {
  const response = { jsonrpc: '2.0' as const, id: null, result: result as Record<string, unknown> };
  return { text: JSON.stringify(response), status: 200, response };
}

export function errorOutcome(code: number, message: string, status = 200, data?: object): Outcome {
  const response = errorResponse(null, code, message, data);
  return { text: JSON.stringify(response), status, response };
}

export function failureOutcome({ type, code, message, status }: CallFailure): Outcome {
  return { ...errorOutcome(code, message, status), failure: type };
}

/** 2026-07-28, Basic, `_meta`: the HTTP status must be 400. */
export function missingCapability(requiredCapabilities: object): Outcome {
  return errorOutcome(ERROR_CODE.MISSING_CLIENT_CAPABILITY, 'The server needs a capability that the client did not declare',
    400, { requiredCapabilities });
}

/** The text of an answer under the id of the request that it goes to. */
export function withId(text: string, id: JsonRpcId): string {
  return setJsonValue(text, ['id'], JSON.stringify(id));
}

/** The outcome as the answer to this request. */
export function addressedTo({ id }: JsonRpcRequest, outcome: Outcome): Outcome {
  return { ...outcome, text: withId(outcome.text, id) };
}
