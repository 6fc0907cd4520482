import { ERROR_CODE } from '../mcp/json-rpc';
import { OUTCOME } from './outcome';

export interface RefusalOptions {
  /** HTTP status. 200 where the refusal is the answer to a call, as a server would give it. */
  readonly status: number;
  /** Code of the JSON-RPC error. */
  readonly code: number;
  /** For the audit record. Default: the code. */
  readonly outcome?: string;
  readonly data?: unknown;
  readonly headers?: Record<string, string>;
}

/** Thrown by whatever handles a request, to end it with a JSON-RPC error. The message is for the client. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly outcome: string;

  constructor(message: string, readonly options: RefusalOptions) {
    super(message);
    this.outcome = options.outcome ?? String(options.code);
  }
}

/** The one answer to what does not exist and to what the caller may not know of. */
export function notFound(): Refusal {
  return new Refusal('Not found', { status: 404, code: ERROR_CODE.INVALID_REQUEST, outcome: OUTCOME.NOT_FOUND });
}

export function methodNotAllowed(allow: string): Refusal {
  return new Refusal(`Only ${allow} are served here`, {
    status: 405, code: ERROR_CODE.INVALID_REQUEST, outcome: OUTCOME.INVALID_REQUEST, headers: { allow },
  });
}

export function invalidRequest(message: string, code: number = ERROR_CODE.INVALID_REQUEST): Refusal {
  return new Refusal(message, { status: 400, code, outcome: OUTCOME.INVALID_REQUEST });
}

export function sessionNotFound(): Refusal {
  return new Refusal('Session not found', {
    status: 404, code: ERROR_CODE.SESSION_NOT_FOUND, outcome: OUTCOME.SESSION_NOT_FOUND,
  });
}

export function unavailable(server: string): Refusal {
  return new Refusal(`Server ${server} cannot be reached`, {
    status: 503, code: ERROR_CODE.TRANSPORT_ERROR, outcome: OUTCOME.UNAVAILABLE, headers: { 'retry-after': '5' },
  });
}
