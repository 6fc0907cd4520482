import { checkRequestHeaders, singleHeader, type RequestHeaders } from '../../bridge/request-headers';
import { readRequestMeta, type RequestMeta } from '../../bridge/request-meta';
import { HEADER } from '../../mcp/headers';
import { ERROR_CODE, type JsonRpcRequest } from '../../mcp/json-rpc';
import { ALL_REVISIONS, MODERN_REVISION } from '../../mcp/versions';
import { Refusal, unsupportedRevision } from '../refusal';

/** Methods of revisions with sessions. Here they do not exist. */
const REMOVED = new Set([
  'initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe',
]);

/**
 * Checks what every request of 2026-07-28 must say (Streamable HTTP, Request Metadata and Server Validation).
 *
 * @throws Refusal
 */
export function checkModernRequest(request: JsonRpcRequest, headers: RequestHeaders): RequestMeta {
  const named = singleHeader(headers, HEADER.PROTOCOL_VERSION);
  if (typeof named === 'string' && !isKnown(named)) {
    throw unsupportedRevision(named);
  }
  const meta = readRequestMeta(request.params);
  if (typeof meta === 'string') {
    throw new Refusal(400, ERROR_CODE.INVALID_PARAMS, meta);
  }
  const mismatch = checkRequestHeaders(headers, request);
  if (mismatch !== undefined) {
    throw headerMismatch(mismatch);
  }
  if (meta.protocolVersion !== MODERN_REVISION) {
    throw unsupportedRevision(meta.protocolVersion);
  }
  if (REMOVED.has(request.method)) {
    throw new Refusal(404, ERROR_CODE.METHOD_NOT_FOUND, `Method not found: ${MODERN_REVISION} has no ${request.method}`);
  }
  return meta;
}

function isKnown(revision: unknown): boolean {
  return ALL_REVISIONS.some((known) => known === revision);
}

export function headerMismatch(reason: string): Refusal {
  return new Refusal(400, ERROR_CODE.HEADER_MISMATCH, `Header mismatch: ${reason}`);
}
