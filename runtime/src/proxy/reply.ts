import type { IncomingMessage, ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';
import { accepts, JSON_TYPE, SSE_TYPE } from '../mcp/headers';
import { ERROR_CODE, errorResponse, type JsonRpcId } from '../mcp/json-rpc';
import { send } from '../platform/http';
import type { Delivery } from './delivery';
import { EventStream } from './event-stream';
import type { MessageStream } from './streams/message-stream';
import type { Timeout } from './timeouts';

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
  /** Resolves when the client has read enough of the answer, or is gone; undefined when it keeps up. */
  caughtUp(): Promise<void> | undefined;
  /** Ends the response to a cancelled call: a stream may end without an answer, JSON may not. */
  dismiss(id: JsonRpcId): void;
}

/** An answer of which so much waits for its client is none that is merely on its way. */
const MUCH_UNREAD_BYTES = 1024 * 1024;

/** What a client can read. */
interface Acceptance {
  readonly events: boolean;
  readonly json: boolean;
}

/** By the header Accept, which is the same in every request of a client. */
const acceptances = new LRUCache<string, Acceptance>({ max: 100 });

function acceptanceOf(header = '*/*'): Acceptance {
  let acceptance = acceptances.get(header);
  if (acceptance === undefined) {
    const events = accepts(header, SSE_TYPE);
    // A client that accepts neither gets what every client can read.
    acceptance = { events, json: !events || accepts(header, JSON_TYPE) };
    acceptances.set(header, acceptance);
  }
  return acceptance;
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
  private patience: Timeout | undefined;
  private wrap: WrapConnection = (connection) => connection;
  private stream: MessageStream | undefined;

  constructor(
    request: IncomingMessage, private readonly response: ServerResponse,
    private readonly delivery: Delivery,
  ) {
    ({ events: this.acceptsEvents, json: this.acceptsJson } = acceptanceOf(request.headers.accept));
  }

  /** Whether the response is a stream by now. */
  get isStream(): boolean {
    return this.stream !== undefined;
  }

  startWaiting(wrap?: WrapConnection): void {
    this.wrap = wrap ?? this.wrap;
    if (this.acceptsEvents) {
      this.patience ??= this.delivery.keepAlive.start(() => this.openStream());
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
      this.endPatience();
      const connection = new EventStream(this.response, this.delivery, this.headers);
      this.stream = this.wrap(connection);
    }
    return this.stream;
  }

  answer(json: string, status = 200): void {
    this.endPatience();
    if (this.stream === undefined && this.acceptsJson) {
      this.sendJson(json, status);
    } else {
      this.openStream()?.end(json);
    }
  }

  caughtUp(): Promise<void> | undefined {
    return this.response.destroyed || this.response.writableLength < MUCH_UNREAD_BYTES ? undefined
      : new Promise((resolve) => {
        this.response.once('close', resolve);
      });
  }

  dismiss(id: JsonRpcId): void {
    this.endPatience();
    // Nobody is to resume it: there is nothing to come.
    this.wrap = (connection) => connection;
    const stream = this.openStream();
    if (stream === undefined) {
      this.sendJson(JSON.stringify(errorResponse(id, ERROR_CODE.TRANSPORT_ERROR, 'Request was cancelled')), 200);
    } else {
      stream.end();
    }
  }

  private endPatience(): void {
    if (this.patience !== undefined) {
      this.delivery.keepAlive.cancel(this.patience);
    }
  }

  private sendJson(json: string, status: number): void {
    if (!this.response.destroyed) {
      send(this.response, status, JSON_TYPE, json, this.headers);
      this.delivery.unread.watch(this.response);
    }
  }
}
