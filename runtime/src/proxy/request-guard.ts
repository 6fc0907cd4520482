import type { IncomingMessage } from 'node:http';
import { HEADER } from '../mcp/headers';
import { ERROR_CODE } from '../mcp/json-rpc';
import { SESSION_REVISIONS } from '../mcp/versions';
import { Refusal, sessionNotFound, unsupportedRevision } from './refusal';
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

/** Their values have no comma, with which Node joins those of headers that are repeated. */
const SINGLE_HEADERS = [HEADER.SESSION_ID, HEADER.PROTOCOL_VERSION, HEADER.LAST_EVENT_ID];

/**
 * Checks that no header is there twice whose values contradict each other: what stands between might have gone by
 * the other one.
 *
 * @throws Refusal
 */
export function checkSingleHeaders({ headers }: IncomingMessage): void {
  const repeated = SINGLE_HEADERS.find((name) => headers[name]?.includes(',') === true);
  if (repeated !== undefined) {
    throw new Refusal(400, ERROR_CODE.TRANSPORT_ERROR, `Bad request: the header ${repeated} must have one value`);
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

function checkRevision(requested: unknown): void {
  if (!SESSION_REVISIONS.some((revision) => revision === requested)) {
    throw unsupportedRevision(requested);
  }
}
