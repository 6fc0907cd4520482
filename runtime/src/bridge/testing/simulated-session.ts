import {
  parseMessage, type JsonRpcId, type JsonRpcMessage, type JsonRpcNotification, type JsonRpcRequest,
  type JsonRpcResponse,
} from '../../mcp/json-rpc';
import { BridgedSession, type SessionServer } from '../bridged-session';
import type { SessionClient } from '../session-client';

interface Delivered {
  readonly message: JsonRpcMessage;
  /** The request on whose stream it came. */
  readonly related: JsonRpcId | undefined;
}

/** A client of before 2026-07-28 with a bridged session, as it sees it. */
export class SimulatedSession {
  readonly session: BridgedSession;
  readonly delivered: Delivered[] = [];
  readonly requests: JsonRpcRequest[] = [];
  private lastId = 0;

  constructor(serve: (client: SessionClient) => SessionServer) {
    this.session = new BridgedSession((message, text, related) => {
      const read = parseMessage(text);
      if (JSON.stringify(idOf(read)) !== JSON.stringify(idOf(message))) {
        throw new Error(`the text is not that of the message: ${text}`);
      }
      this.delivered.push({ message: read, related });
    }, serve);
  }

  get answers(): JsonRpcResponse[] {
    return this.delivered.flatMap(({ message }) => 'method' in message ? [] : [message]);
  }

  /** What the server asks, in whatever state. */
  get questions(): (JsonRpcRequest & { related: JsonRpcId | undefined })[] {
    return this.delivered.flatMap(({ message, related }) =>
      'method' in message && 'id' in message ? [{ ...message, related }] : []);
  }

  get notifications(): (JsonRpcNotification & { related: JsonRpcId | undefined })[] {
    return this.delivered.flatMap(({ message, related }) =>
      'method' in message && !('id' in message) ? [{ ...message, related }] : []);
  }

  /** Questions that were withdrawn. */
  get withdrawn(): unknown[] {
    return this.notifications.filter(({ method }) => method === 'notifications/cancelled')
      .map(({ params }) => params?.requestId);
  }

  answersTo(id: JsonRpcId): JsonRpcResponse[] {
    return this.answers.filter((answer) => answer.id === id);
  }

  /** @returns the request's id */
  request(method: string, params?: Record<string, unknown>, id: JsonRpcId = ++this.lastId): JsonRpcId {
    const request = { jsonrpc: '2.0' as const, id, method, ...(params === undefined ? {} : { params }) };
    this.requests.push(request);
    this.send(request);
    return id;
  }

  notify(method: string, params?: Record<string, unknown>): void {
    this.send({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) });
  }

  respond(
    id: JsonRpcId, answer: { result: Record<string, unknown> } | { error: { code: number; message: string } },
  ): void {
    this.send({ jsonrpc: '2.0', id, ...answer });
  }

  private send(message: JsonRpcMessage): void {
    this.session.onMessage(message, JSON.stringify(message));
  }
}

function idOf(message: JsonRpcMessage): unknown {
  return 'id' in message ? message.id : undefined;
}
