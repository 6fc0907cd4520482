import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../auth/principal';
import { isModernRequest } from '../bridge/era';
import { BATCH_REVISION, isArray, parseBatch } from '../mcp/batch';
import { decodeBody, envelopeOf, type Envelope } from '../mcp/envelope';
import { HEADER, JSON_TYPE } from '../mcp/headers';
import { ERROR_CODE, errorResponse, isRequest, type JsonRpcRequest } from '../mcp/json-rpc';
import { BatchReply } from './batch-reply';
import type { Delivery } from './delivery';
import type { ModernRequests } from './modern/modern-requests';
import { Refusal, sessionNotFound } from './refusal';
import { Reply, type CallReply } from './reply';
import type { RequestBodies } from './request-bodies';
import { needSession } from './request-guard';
import type { Session } from './session';
import type { Sessions } from './sessions';

export interface PostOptions {
  readonly sessions: Sessions;
  readonly modern: ModernRequests;
  readonly bodies: RequestBodies;
  readonly delivery: Delivery;
}

/** A POST whose body has not been read. */
export interface PostRequest {
  /** Undefined where callers are not known. */
  readonly principal: Principal | undefined;
  /** The session that its header names. */
  readonly session: Session | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Takes one message of the client (2025-11-25, Transports, Sending Messages to the Server).
 *
 * @throws Refusal, BodyTooLarge or NotJsonRpc
 */
export async function handlePost(options: PostOptions, post: PostRequest): Promise<void> {
  const { session, request, response } = post;
  if (!isJson(request.headers['content-type'])) {
    throw new Refusal(415, ERROR_CODE.TRANSPORT_ERROR, `Unsupported media type: send ${JSON_TYPE}`);
  }
  if (session !== undefined && !session.isWritable) {
    await untilWritable(session);
  }
  const text = decodeBody(await options.bodies.read(request));
  if (session?.revision === BATCH_REVISION && isArray(text)) {
    return deliverBatch(options, { ...post, session }, parseBatch(text));
  }
  const envelope = envelopeOf(text);
  const { message } = envelope;
  try {
    await deliver(options, post, envelope);
  } catch (error) {
    if (error instanceof Refusal && isRequest(message)) {
      error.send(response, message.id);
    } else {
      throw error;
    }
  }
}

/** A body is only read when the server can take it. */
async function untilWritable(session: Session): Promise<void> {
  if (!await session.untilWritable()) {
    throw session.isOver ? sessionNotFound()
      : new Refusal(504, ERROR_CODE.REQUEST_TIMEOUT, 'The server does not read its input');
  }
}

async function deliver(options: PostOptions, post: PostRequest, { message, text }: Envelope): Promise<void> {
  const { principal, session, request, response } = post;
  if (isModernRequest(request.headers[HEADER.PROTOCOL_VERSION] as string | undefined, message)) {
    return options.modern.post({ ...post, message, text, reply: new Reply(request, response, options.delivery) });
  }
  if (!isRequest(message)) {
    needSession(session).tell(message, text);
    response.writeHead(202, { 'content-length': 0 }).end();
    return;
  }
  const reply = new Reply(request, response, options.delivery);
  if (message.method !== 'initialize') {
    needSession(session).call(message, text, reply);
  } else if (session === undefined) {
    await options.sessions.start({ request: message, text, reply, principal });
  } else {
    throw new Refusal(400, ERROR_CODE.INVALID_REQUEST, 'The session is initialized already');
  }
}

/** Takes a batch, as clients of 2025-03-26 send it. */
function deliverBatch(
  { delivery }: PostOptions, { session, request, response }: PostRequest & { session: Session }, batch: Envelope[],
): void {
  const requests = batch.filter(({ message }) => isRequest(message)).length;
  if (batch.some(({ message }) => 'method' in message && message.method === 'initialize')) {
    throw new Refusal(400, ERROR_CODE.INVALID_REQUEST, 'initialize must not be part of a batch');
  }
  needSession(session);
  const reply = new BatchReply(new Reply(request, response, delivery), requests);
  for (const { message, text } of batch) {
    if (isRequest(message)) {
      callInBatch(session, message, text, reply.part());
    } else {
      session.tell(message, text);
    }
  }
  if (requests === 0) {
    response.writeHead(202, { 'content-length': 0 }).end();
  }
}

function callInBatch(session: Session, message: JsonRpcRequest, text: string, reply: CallReply): void {
  try {
    session.call(message, text, reply);
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    reply.answer(JSON.stringify(errorResponse(message.id, error.code, error.message)));
  }
}

function isJson(contentType: string | undefined): boolean {
  return contentType === JSON_TYPE || contentType?.split(';', 1)[0]!.trim().toLowerCase() === JSON_TYPE;
}
