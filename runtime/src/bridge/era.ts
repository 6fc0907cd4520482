import { ERROR_CODE, type JsonRpcResponse } from '../mcp/json-rpc';
import { SESSION_REVISIONS } from '../mcp/versions';
import { isObject, objectAt } from './json-object';
import { META } from './request-meta';

/** Every revision with sessions that there ever was. Whatever else is named is taken for one without. */
const LEGACY_REVISIONS: ReadonlySet<unknown> = new Set([...SESSION_REVISIONS, '2024-11-05', '2024-10-07']);

/** Errors that only a server of 2026-07-28 answers with. */
const MODERN_ERRORS: ReadonlySet<number> = new Set([
  ERROR_CODE.HEADER_MISMATCH, ERROR_CODE.MISSING_CLIENT_CAPABILITY, ERROR_CODE.UNSUPPORTED_PROTOCOL_VERSION,
]);

/**
 * Whether a message is of the era without sessions: its header or its `_meta` names a revision that has none. That
 * is asked before anything else of it is looked at, so a request that only half looks so is refused in its own era.
 *
 * @param headerVersion value of the header MCP-Protocol-Version
 */
export function isModernRequest(headerVersion: string | undefined, message: object): boolean {
  const named = objectAt(objectAt(message, 'params'), '_meta')?.[META.PROTOCOL_VERSION];
  return [headerVersion, named].some((version) => version !== undefined && !LEGACY_REVISIONS.has(version));
}

/** Whether the answer to `server/discover` is one that only a server without sessions gives. */
export function serverAnswersModern({ result, error }: JsonRpcResponse): boolean {
  if (error !== undefined) {
    return MODERN_ERRORS.has(error.code) && namesModernRevision(error.code, error.data);
  }
  return isObject(result) && isObject(result.capabilities) && hasModernRevision(result.supportedVersions);
}

/** A server that refuses the revision and offers only such with sessions is one of these. */
function namesModernRevision(code: number, data: unknown): boolean {
  return code !== ERROR_CODE.UNSUPPORTED_PROTOCOL_VERSION || (isObject(data) && hasModernRevision(data.supported));
}

function hasModernRevision(versions: unknown): boolean {
  return Array.isArray(versions)
    && versions.some((version) => typeof version === 'string' && !LEGACY_REVISIONS.has(version));
}
