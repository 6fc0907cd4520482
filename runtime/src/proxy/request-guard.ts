import type { IncomingMessage } from 'node:http';
import { HEADER } from '../mcp/headers';
import { ERROR_CODE, type JsonRpcMessage } from '../mcp/json-rpc';
import { REVISION_META_KEY, SESSION_REVISIONS } from '../mcp/versions';
import { Refusal } from './refusal';
import type { Session } from './session';

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;
const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/**
 * Keeps web pages away from the server (2025-11-25, Transports, Security Warning). A stranger's page names its
 * own origin; one whose name was rebound to this address names it as the host as well.
 *
 * @param isOwnHost which names lead here; undefined when any may
 * @throws Refusal
 */
export function checkOrigin(request: IncomingMessage, isOwnHost?: (host: string) => boolean): void {
  const { origin, host = '' } = request.headers;
  if (origin !== undefined && !LOOPBACK_ORIGIN.test(origin)) {
    throw new Refusal(403, ERROR_CODE.TRANSPORT_ERROR, 'Forbidden: requests from this origin are not served');
  }
  if (isOwnHost !== undefined && !LOOPBACK_HOST.test(host) && !isOwnHost(host)) {
    throw new Refusal(403, ERROR_CODE.TRANSPORT_ERROR, 'Forbidden: requests for this host are not served');
  }
}

/**
 * Checks the revision that a request's header names.
 *
 * @param agreed the revision of its session. Servers of before Streamable HTTP agree on one that is not ours.
 * @throws Refusal
 */
export function checkRevisionHeader(request: IncomingMessage, agreed: string | undefined): void {
  const revision = request.headers[HEADER.PROTOCOL_VERSION];
  if (revision !== undefined && revision !== agreed) {
    checkRevision(revision);
  }
}

/**
 * Checks the revision that a message names in `_meta`, as those of 2026-07-28 do.
 *
 * @throws Refusal
 */
export function checkRevisionMeta(message: JsonRpcMessage): void {
  const meta = 'method' in message ? message.params?._meta : undefined;
  const revision = (meta as Record<string, unknown> | null | undefined)?.[REVISION_META_KEY];
  if (revision !== undefined) {
    checkRevision(revision);
  }
}

/**
 * The session that a request needs.
 *
 * @param session the one that its header names
 * @throws Refusal when it names none, or one that is over by now.
 */
export function needSession(session: Session | undefined): Session {
  if (session === undefined) {
    throw new Refusal(400, ERROR_CODE.TRANSPORT_ERROR, 'Bad request: the Mcp-Session-Id header is missing');
  }
  if (session.isOver) {
    throw sessionNotFound();
  }
  return session;
}

export function sessionNotFound(): Refusal {
  return new Refusal(404, ERROR_CODE.SESSION_NOT_FOUND, 'Session not found');
}

function checkRevision(requested: unknown): void {
  if (!SESSION_REVISIONS.some((revision) => revision === requested)) {
    throw new Refusal(400, ERROR_CODE.UNSUPPORTED_PROTOCOL_VERSION, 'Unsupported protocol version', {
      data: { supported: SESSION_REVISIONS, requested },
    });
  }
}
