/**
 * How a request ended: `outcome` of audit records and `error_type` of metrics.
 * Beside these there are the codes of JSON-RPC errors, as text, and the outcomes of refused authentications.
 */
export const OUTCOME = {
  OK: 'ok',
  /** The tool itself said `isError`. */
  TOOL_ERROR: 'tool_error',
  DENIED: 'denied',
  NOT_FOUND: 'not_found',
  /** The session is over, or never was this caller's: the client is to initialize anew. */
  SESSION_NOT_FOUND: 'session_not_found',
  INVALID_REQUEST: 'invalid_request',
  TIMEOUT: 'timeout',
  /** The access token expired while a stream was open. */
  EXPIRED: 'expired',
  /** What is behind the gateway does not answer, or not as it should. */
  UNAVAILABLE: 'unavailable',
  /** The client went away first. */
  DISCONNECTED: 'disconnected',
  /** A page of another site made a browser send the request. */
  FOREIGN_ORIGIN: 'foreign_origin',
  INTERNAL_ERROR: 'internal_error',
} as const;
