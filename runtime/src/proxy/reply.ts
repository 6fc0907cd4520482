import type { IncomingMessage, ServerResponse } from 'node:http';
import { accepts, JSON_TYPE, SSE_TYPE } from '../mcp/headers';
import { ERROR_CODE, errorResponse, type JsonRpcId } from '../mcp/json-rpc';
import { send } from '../platform/http';
import { EventStream } from './event-stream';

/**
 * The HTTP response to one call. It is JSON when the answer is the first thing to say. It becomes a stream of
 * events when something comes before the answer, or when nothing has come for so long that what stands between
 * might take the connection for dead.
 */
export class Reply {
  /** Further headers, until the response begins. */
  headers: Record<string, string> = {};
  private readonly acceptsEvents: boolean;
  private readonly acceptsJson: boolean;
  private patience: NodeJS.Timeout | undefined;
  private stream: EventStream | undefined;

  constructor(
    request: IncomingMessage, private readonly response: ServerResponse, private readonly keepAliveMs: number,
  ) {
    this.acceptsEvents = accepts(request.headers.accept, SSE_TYPE);
    // A client that accepts neither gets what every client can read.
    this.acceptsJson = !this.acceptsEvents || accepts(request.headers.accept, JSON_TYPE);
  }

  /** The request is on its way to the server. */
  startWaiting(): void {
    if (this.acceptsEvents) {
      this.patience = setTimeout(() => this.openStream()?.comment(), this.keepAliveMs);
    }
  }

  /** Calls back if the client goes away before the answer. */
  onDisconnect(callback: () => void): void {
    if (this.response.destroyed) {
      callback();
      return;
    }
    this.response.once('close', () => {
      if (!this.response.writableEnded) {
        callback();
      }
    });
  }

  /** Where messages go that come before the answer. Undefined when the client takes none. */
  openStream(): EventStream | undefined {
    if (!this.acceptsEvents || this.response.destroyed) {
      return undefined;
    }
    clearTimeout(this.patience);
    this.stream ??= new EventStream(this.response, this.keepAliveMs, this.headers);
    return this.stream;
  }

  /** @param status used when the response has not begun */
  answer(json: string, status = 200): void {
    clearTimeout(this.patience);
    if (this.response.destroyed) {
      return;
    }
    if (this.stream === undefined && this.acceptsJson) {
      send(this.response, status, JSON_TYPE, json, this.headers);
    } else {
      this.openStream()?.end(json);
    }
  }

  /** Ends the response to a cancelled call: a stream may end without an answer, JSON may not. */
  dismiss(id: JsonRpcId): void {
    const stream = this.openStream();
    if (stream === undefined) {
      this.answer(JSON.stringify(errorResponse(id, ERROR_CODE.TRANSPORT_ERROR, 'Request was cancelled')));
    } else {
      stream.end();
    }
  }
}
