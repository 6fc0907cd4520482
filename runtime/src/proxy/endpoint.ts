import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { MCP_PATH } from '../../../lib/contract/paths';
import type { Principal } from '../auth/principal';
import { isModernRequest } from '../bridge/era';
import { accepts, HEADER, SSE_TYPE } from '../mcp/headers';
import { ERROR_CODE } from '../mcp/json-rpc';
import { pathOf } from '../platform/http';
import type { Logger } from '../platform/logger';
import { unavailable } from './failure';
import { handlePost, type PostOptions } from './post';
import { Refusal, refusalFor, sessionNotFound } from './refusal';
import { checkOrigin, checkRevisionHeader, checkSingleHeaders, needSession } from './request-guard';
import type { Session } from './session';

/**
 * Finds out who calls.
 *
 * @throws Refusal when that cannot be known.
 */
export type AuthenticateCaller = (request: IncomingMessage) => Principal | Promise<Principal>;

export interface EndpointOptions extends PostOptions {
  /** Without it nobody knows who calls, and whoever names a session may use it. */
  readonly authenticate?: AuthenticateCaller;
  /** Which names lead here besides those of loopback; undefined when any may. */
  readonly isOwnHost?: (host: string) => boolean;
  readonly logger: Logger;
}

/** The MCP endpoint of both eras (2025-11-25, Transports, Streamable HTTP; 2026-07-28, Streamable HTTP). */
export function mcpListener(options: EndpointOptions): RequestListener {
  return (request, response) => {
    const onError = (error: unknown) => answerError(options, response, error);
    try {
      handle(options, request, response)?.catch(onError);
    } catch (error) {
      onError(error);
    }
  };
}

function answerError({ logger }: EndpointOptions, response: ServerResponse, error: unknown): void {
  const refusal = refusalFor(error);
  if (response.headersSent) {
    logger.error({ err: error }, 'cannot go on with an answer');
    response.destroy();
  } else if (refusal !== undefined) {
    refusal.send(response, null);
  } else if (!response.destroyed) {
    logger.error({ err: error }, 'cannot handle a request');
    new Refusal(500, ERROR_CODE.INTERNAL_ERROR, 'Internal error').send(response, null);
  }
}

/** Without a promise as far as nothing has to be waited for: every request comes by here. */
function handle(
  options: EndpointOptions, request: IncomingMessage, response: ServerResponse,
): Promise<void> | undefined {
  checkOrigin(request, options.isOwnHost);
  if (pathOf(request) !== MCP_PATH) {
    throw new Refusal(404, ERROR_CODE.TRANSPORT_ERROR, `Not found: the MCP endpoint is ${MCP_PATH}`);
  }
  checkSingleHeaders(request);
  const principal = options.authenticate?.(request);
  return principal instanceof Promise
    ? principal.then((known) => serve(options, known, request, response))
    : serve(options, principal, request, response);
}

function serve(
  options: EndpointOptions, principal: Principal | undefined, request: IncomingMessage, response: ServerResponse,
): Promise<void> | undefined {
  const isModern = isModernRequest(request.headers[HEADER.PROTOCOL_VERSION] as string | undefined, {});
  if (isModern && request.method !== 'POST') {
    throw methodNotAllowed('POST');
  }
  // Where there are no sessions, the header that names one is ignored.
  const session = isModern ? undefined : sessionOf(options, request, principal);
  switch (request.method) {
    case 'POST':
      return handlePost(options, { principal, session, request, response });
    case 'GET':
      openStream(needSession(session), request, response);
      return undefined;
    case 'DELETE':
      return endSession(needSession(session), response);
    default:
      throw methodNotAllowed('GET, POST, DELETE');
  }
}

function methodNotAllowed(allow: string): Refusal {
  return new Refusal(405, ERROR_CODE.TRANSPORT_ERROR, 'Method not allowed', { headers: { allow } });
}

/** The session that a request names. Its client has shown that it is there. */
function sessionOf(
  { sessions }: EndpointOptions, request: IncomingMessage, principal: Principal | undefined,
): Session | undefined {
  const id = request.headers[HEADER.SESSION_ID] as string | undefined;
  const session = id === undefined ? undefined : sessions.find(id, principal);
  checkRevisionHeader(request, session?.revision);
  if (id !== undefined && session === undefined) {
    throw sessionNotFound();
  }
  session?.touch();
  return session;
}

function openStream(session: Session, request: IncomingMessage, response: ServerResponse): void {
  if (!accepts(request.headers.accept, SSE_TYPE)) {
    throw new Refusal(406, ERROR_CODE.TRANSPORT_ERROR, `Not acceptable: this is a stream of ${SSE_TYPE}`);
  }
  session.openStream(response, request.headers[HEADER.LAST_EVENT_ID] as string | undefined);
}

async function endSession(session: Session, response: ServerResponse): Promise<void> {
  await session.end(unavailable('The client has ended the session'));
  response.writeHead(200, { 'content-length': 0 }).end();
}
