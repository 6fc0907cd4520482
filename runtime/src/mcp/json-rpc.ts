/** JSON-RPC 2.0 as MCP uses it: ids are strings or numbers. Batches are in batch.ts. */

export type JsonRpcId = string | number;

export interface JsonRpcRequest {
  readonly jsonrpc: '2.0';
  readonly id: JsonRpcId;
  readonly method: string;
  readonly params?: Record<string, unknown>;
}

export interface JsonRpcNotification {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params?: Record<string, unknown>;
}

export interface JsonRpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export interface JsonRpcResponse {
  readonly jsonrpc: '2.0';
  readonly id: JsonRpcId | null;
  readonly result?: Record<string, unknown>;
  readonly error?: JsonRpcError;
}

export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResponse;

/** Codes of JSON-RPC 2.0 section 5.1, and those of MCP that we send. */
export const ERROR_CODE = {
  PARSE_ERROR: -32700,
  INVALID_REQUEST: -32600,
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
  INTERNAL_ERROR: -32603,
  /** What the official SDKs answer when the transport refuses a request (`ErrorCode.ConnectionClosed`). */
  TRANSPORT_ERROR: -32000,
  /** What the official SDKs answer for a session that is unknown or over. */
  SESSION_NOT_FOUND: -32001,
  /** What the official SDKs answer for a call that took too long (`ErrorCode.RequestTimeout`). */
  REQUEST_TIMEOUT: -32001,
  /** MCP before 2026-07-28: there is no such resource. */
  RESOURCE_NOT_FOUND: -32002,
  /** MCP 2026-07-28: an HTTP header says something else than the body. */
  HEADER_MISMATCH: -32020,
  /** MCP 2026-07-28: the request needs a capability that its client has not declared. */
  MISSING_CLIENT_CAPABILITY: -32021,
  /** MCP 2026-07-28: the request's protocol version is not supported. */
  UNSUPPORTED_PROTOCOL_VERSION: -32022,
  /** MCP 2025-11-25: the user must visit a URL before the request can succeed. */
  URL_ELICITATION_REQUIRED: -32042,
} as const;

/** Text that is no JSON-RPC message. Carries the code that the sender is to be told. */
export class NotJsonRpc extends Error {
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

/** @throws NotJsonRpc saying what is wrong. */
export function parseMessage(text: string): JsonRpcMessage {
  const value = parseJson(text);
  if (Array.isArray(value)) {
    throw new NotJsonRpc(ERROR_CODE.INVALID_REQUEST, 'batches are not supported');
  }
  if (!isObject(value) || value.jsonrpc !== '2.0') {
    throw new NotJsonRpc(ERROR_CODE.INVALID_REQUEST, 'not a JSON-RPC 2.0 message');
  }
  if (!isRequest(value) && !isNotification(value) && !isResponse(value)) {
    throw new NotJsonRpc(ERROR_CODE.INVALID_REQUEST, 'neither a request, a notification nor a response');
  }
  return value;
}

/** @throws NotJsonRpc */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotJsonRpc(ERROR_CODE.PARSE_ERROR, 'not JSON');
  }
}

export function isRequest(message: object): message is JsonRpcRequest {
  return isMethodCall(message) && 'id' in message && isId(message.id);
}

export function isNotification(message: object): message is JsonRpcNotification {
  return isMethodCall(message) && !('id' in message);
}

export function isResponse(message: object): message is JsonRpcResponse {
  return 'id' in message && (isId(message.id) || message.id === null) && !('method' in message)
    && ('error' in message ? isError(message.error) && !('result' in message) : 'result' in message);
}

function isError(value: unknown): value is JsonRpcError {
  return isObject(value) && Number.isInteger(value.code) && typeof value.message === 'string';
}

export function errorResponse(id: JsonRpcId | null, code: number, message: string, data?: unknown): JsonRpcResponse {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } };
}

/**
 * The text of a message as one line. Line breaks become spaces: between the tokens of a JSON text they mean
 * nothing, and inside its strings they cannot stand.
 */
export function toOneLine(json: string): string {
  // Two searches are many times as fast as one for either.
  return json.includes('\n') || json.includes('\r') ? json.replace(/[\r\n]/g, ' ') : json;
}

function isMethodCall(message: object): boolean {
  return 'method' in message && typeof message.method === 'string'
    && (!('params' in message) || isObject(message.params));
}

function isId(value: unknown): value is JsonRpcId {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
