import { parseEnvelope, type Envelope } from '../mcp/envelope';
import { HEADER } from '../mcp/headers';
import { ERROR_CODE, NotJsonRpc, isNotification, isResponse, type JsonRpcMessage } from '../mcp/json-rpc';
import { SESSION_REVISIONS } from '../mcp/versions';
import { BodyTooLarge, readBody } from '../platform/http';
import type { Exchange } from './exchange';
import { OUTCOME } from './outcome';
import { Refusal, invalidRequest } from './refusal';

/** A message of the client, as it came and as it was understood. */
export interface ReceivedMessage extends Envelope {
  readonly body: Buffer;
}

/**
 * Reads the message that a POST carries, and notes what it is.
 *
 * @throws Refusal when it is too large, no MCP message, or of a protocol revision that is not served.
 */
export async function readMessage(exchange: Exchange, limitBytes: number): Promise<ReceivedMessage> {
  const body = await receive(exchange, limitBytes);
  const envelope = understand(body);
  const { message } = envelope;
  if (isResponse(message)) {
    exchange.method = 'response';
  } else {
    exchange.method = message.method;
    if ('id' in message) {
      exchange.messageId = message.id;
    }
  }
  const meta = metaOf(message);
  // OpenTelemetry's conventions for MCP put the context there; HTTP headers are of the hop.
  exchange.traceparent = meta?.traceparent ?? exchange.traceparent;
  checkRevision(exchange, meta);
  if (isNotification(message) && !message.method.startsWith('notifications/')) {
    throw invalidRequest(`${message.method} without an id is no notification`);
  }
  return { ...envelope, body };
}

async function receive(exchange: Exchange, limitBytes: number): Promise<Buffer> {
  try {
    return await exchange.receive(readBody(exchange.request, limitBytes));
  } catch (error) {
    if (error instanceof BodyTooLarge) {
      throw new Refusal(`The message is larger than ${limitBytes} bytes`, {
        status: 413, code: ERROR_CODE.INVALID_REQUEST, outcome: OUTCOME.INVALID_REQUEST,
        // What was not read would be taken for the next request.
        headers: { connection: 'close' },
      });
    }
    throw error;
  }
}

function understand(body: Buffer): Envelope {
  try {
    return parseEnvelope(body);
  } catch (error) {
    if (error instanceof NotJsonRpc) {
      throw invalidRequest(error.message, error.code);
    }
    throw error;
  }
}

function metaOf(message: JsonRpcMessage): Record<string, unknown> | undefined {
  const meta = 'params' in message ? message.params?._meta : undefined;
  return typeof meta === 'object' && meta !== null ? meta as Record<string, unknown> : undefined;
}

/** The revision without sessions is named by header or by message, before anything else is looked at. */
function checkRevision(exchange: Exchange, meta: Record<string, unknown> | undefined): void {
  const requested = [
    exchange.request.headers[HEADER.PROTOCOL_VERSION], meta?.['io.modelcontextprotocol/protocolVersion'],
  ].find((revision) => typeof revision === 'string' && revision > SESSION_REVISIONS[0]);
  if (requested !== undefined) {
    throw new Refusal('Unsupported protocol version', {
      status: 400, code: ERROR_CODE.UNSUPPORTED_PROTOCOL_VERSION,
      data: { supported: SESSION_REVISIONS, requested },
    });
  }
}
