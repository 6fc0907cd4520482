import type { IncomingMessage, ServerResponse } from 'node:http';
import { accepts, JSON_TYPE, SSE_TYPE } from '../mcp/headers';
import { ERROR_CODE, errorResponse, type JsonRpcId } from '../mcp/json-rpc';
import { send } from '../platform/http';
import { EventStream } from './event-stream';
import type { MessageStream } from './streams/message-stream';

/** Makes of the connection to the client the stream that its messages go to. */
export type WrapConnection = (connection: EventStream) => MessageStream;

/** Where a call is answered. */
export interface CallReply {
  /** Further headers, until the response begins. */
  headers: Record<string, string>;
  /**
   * The request is on its way to the server.
   *
   * @param wrap where the stream may outlive the connection
   */
  startWaiting(wrap?: WrapConnection): void;
  /** Calls back if the client goes away before it has got the answer. */
  onDisconnect(callback: () => void): void;
  /**
   * Where messages go that come before the answer. Undefined when the client takes none, or has left before it
   * could know of the stream.
   */
  openStream(): MessageStream | undefined;
  /** @param status used when the response has not begun */
  answer(json: string, status?: number): void;
  /** Ends the response to a cancelled call: a stream may end without an answer, JSON may not. */
  dismiss(id: JsonRpcId): void;
}

/**
 * The HTTP response to one call. It is JSON when the answer is the first thing to say. It becomes a stream of
 * events when something comes before the answer, or when nothing has come for so long that what stands between
 * might take the connection for dead.
 */
export class Reply implements CallReply {
  headers: Record<string, string> = {};
  private readonly acceptsEvents: boolean;
  private readonly acceptsJson: boolean;
  private patience: NodeJS.Timeout | undefined;
  private wrap: WrapConnection = (connection) => connection;
  private stream: MessageStream | undefined;

  constructor(
    request: IncomingMessage, private readonly response: ServerResponse, private readonly keepAliveMs: number,
  ) {
    this.acceptsEvents = accepts(request.headers.accept, SSE_TYPE);
    // A client that accepts neither gets what every client can read.
    this.acceptsJson = !this.acceptsEvents || accepts(request.headers.accept, JSON_TYPE);
  }

  /** Whether the response is a stream by now. */
  get isStream(): boolean {
    return this.stream !== undefined;
  }

  startWaiting(wrap?: WrapConnection): void {
    this.wrap = wrap ?? this.wrap;
    if (this.acceptsEvents) {
      this.patience ??= setTimeout(() => this.openStream(), this.keepAliveMs);
    }
  }

  onDisconnect(callback: () => void): void {
    if (this.response.destroyed) {
      callback();
      return;
    }
    this.response.once('close', () => {
      if (!this.response.writableFinished) {
        callback();
      }
    });
  }

  openStream(): MessageStream | undefined {
    if (this.stream === undefined && this.acceptsEvents && !this.response.destroyed) {
      clearTimeout(this.patience);
      const connection = new EventStream(this.response, this.keepAliveMs, this.headers);
      this.stream = this.wrap(connection);
    }
    return this.stream;
  }

  answer(json: string, status = 200): void {
    clearTimeout(this.patience);
    if (this.stream === undefined && this.acceptsJson) {
      this.sendJson(json, status);
    } else {
      this.openStream()?.end(json);
    }
  }

  dismiss(id: JsonRpcId): void {
    clearTimeout(this.patience);
    // Nobody is to resume it: there is nothing to come.
    this.wrap = (connection) => connection;
    const stream = this.openStream();
    if (stream === undefined) {
      this.sendJson(JSON.stringify(errorResponse(id, ERROR_CODE.TRANSPORT_ERROR, 'Request was cancelled')), 200);
    } else {
      stream.end();
    }
  }

  private sendJson(json: string, status: number): void {
    if (!this.response.destroyed) {
      send(this.response, status, JSON_TYPE, json, this.headers);
    }
  }
}
