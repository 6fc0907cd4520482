import type { IncomingMessage, ServerResponse } from 'node:http';
import { JSON_TYPE } from '../mcp/headers';
import { ERROR_CODE, isRequest, parseMessage, type JsonRpcMessage } from '../mcp/json-rpc';
import { readBody } from '../platform/http';
import { Refusal } from './refusal';
import { Reply } from './reply';
import { checkRevisionMeta, needSession, sessionNotFound } from './request-guard';
import { initializeWithoutRoots } from './roots';
import type { Session } from './session';
import type { Sessions } from './sessions';

export interface PostOptions {
  readonly sessions: Sessions;
  /** Largest request body. */
  readonly bodyBytes: number;
  /** When an answer becomes a stream, and how often a comment shows that it is alive. */
  readonly keepAliveMs: number;
}

/**
 * Takes one message of the client (2025-11-25, Transports, Sending Messages to the Server).
 *
 * @param session the one that its header names
 * @throws Refusal, BodyTooLarge or NotJsonRpc
 */
export async function handlePost(
  options: PostOptions, session: Session | undefined, request: IncomingMessage, response: ServerResponse,
): Promise<void> {
  if (!isJson(request.headers['content-type'])) {
    throw new Refusal(415, ERROR_CODE.TRANSPORT_ERROR, `Unsupported media type: send ${JSON_TYPE}`);
  }
  // A body is only read when the server can take it.
  if (session !== undefined && !await session.isWritable()) {
    throw session.isOver ? sessionNotFound()
      : new Refusal(504, ERROR_CODE.REQUEST_TIMEOUT, 'The server does not read its input');
  }
  const text = (await readBody(request, options.bodyBytes)).toString();
  const message = parseMessage(text);
  try {
    await deliver(options, { session, message, text, request, response });
  } catch (error) {
    if (error instanceof Refusal && isRequest(message)) {
      error.send(response, message.id);
    } else {
      throw error;
    }
  }
}

interface Post {
  readonly session: Session | undefined;
  readonly message: JsonRpcMessage;
  readonly text: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function deliver(options: PostOptions, { session, message, text, request, response }: Post): Promise<void> {
  checkRevisionMeta(message);
  if (!isRequest(message)) {
    needSession(session).tell(message, text);
    response.writeHead(202, { 'content-length': 0 }).end();
    return;
  }
  const reply = new Reply(request, response, options.keepAliveMs);
  if (message.method !== 'initialize') {
    needSession(session).call(message, text, reply);
  } else if (session === undefined) {
    await options.sessions.start(message, initializeWithoutRoots(message, text), reply);
  } else {
    throw new Refusal(400, ERROR_CODE.INVALID_REQUEST, 'The session is initialized already');
  }
}

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]!.trim().toLowerCase() === JSON_TYPE;
}
