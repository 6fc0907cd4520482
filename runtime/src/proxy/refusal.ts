import type { ServerResponse } from 'node:http';
import { ERROR_CODE, errorResponse, NotJsonRpc, type JsonRpcId } from '../mcp/json-rpc';
import { ALL_REVISIONS } from '../mcp/versions';
import { BodyTooLarge, sendJson } from '../platform/http';

export interface RefusalDetails {
  readonly data?: unknown;
  readonly headers?: Record<string, string>;
}

/** A request that the proxy answers itself, with an HTTP status and a JSON-RPC error. */
export class Refusal extends Error {
  constructor(
    readonly status: number, readonly code: number, message: string, private readonly details: RefusalDetails = {},
  ) {
    super(message);
  }

  /** @param id of the request, null where it is not known */
  send(response: ServerResponse, id: JsonRpcId | null): void {
    const { data, headers } = this.details;
    sendJson(response, this.status, errorResponse(id, this.code, this.message, data), headers);
  }
}

/** How soon a client that was turned away may try again, in seconds. */
export const RETRY_AFTER = '5';

/** There is no room: for this caller (429), or for anybody (503). */
export function turnedAway(status: 429 | 503, reason: string): Refusal {
  return new Refusal(status, ERROR_CODE.TRANSPORT_ERROR, reason, { headers: { 'retry-after': RETRY_AFTER } });
}

/** The server has all the processes it can hold. */
export class NoRoom extends Refusal {
  constructor() {
    super(503, ERROR_CODE.TRANSPORT_ERROR, 'The server has all the processes it can hold',
      { headers: { 'retry-after': RETRY_AFTER } });
  }
}

/** There is no session of the id that a client names, or no longer. It may begin another. */
export function sessionNotFound(): Refusal {
  return new Refusal(404, ERROR_CODE.SESSION_NOT_FOUND, 'Session not found');
}

/** 2026-07-28, Versioning, Protocol Version Negotiation. Clients of before are told the same way. */
export function unsupportedRevision(requested: unknown): Refusal {
  return new Refusal(400, ERROR_CODE.UNSUPPORTED_PROTOCOL_VERSION, 'Unsupported protocol version', {
    data: { supported: ALL_REVISIONS, requested },
  });
}

/** What a client is told of an error. Undefined for one that is not the client's, but a mistake of ours. */
export function refusalFor(error: unknown): Refusal | undefined {
  if (error instanceof BodyTooLarge) {
    // What is left of the body is read and dropped: if the connection was closed, its client would not see this.
    return new Refusal(413, ERROR_CODE.INVALID_REQUEST, error.message);
  }
  if (error instanceof NotJsonRpc) {
    return new Refusal(400, error.code, error.message);
  }
  return error instanceof Refusal ? error : undefined;
}
