import type { ServerResponse } from 'node:http';
import { SSE_TYPE } from '../mcp/headers';
import { encodePrimingEvent, encodeSseEvent, SSE_KEEP_ALIVE } from '../mcp/sse';
import type { Delivery } from './delivery';
import type { MessageStream } from './streams/message-stream';
import type { Timeout } from './timeouts';

/** A response that carries one message after another to the client, as server-sent events. */
export class EventStream implements MessageStream {
  private draining: Promise<void> | undefined;

  private nextComment: Timeout;

  constructor(
    private readonly response: ServerResponse, private readonly delivery: Delivery,
    headers: Record<string, string> = {},
  ) {
    response.writeHead(200, {
      'content-type': SSE_TYPE,
      'cache-control': 'no-cache',
      // Without it nginx would hold events back until its buffer is full.
      'x-accel-buffering': 'no',
      ...headers,
    });
    this.nextComment = this.startKeepAlive();
    response.once('close', () => {
      delivery.keepAlive.cancel(this.nextComment);
    });
  }

  get isOpen(): boolean {
    return !this.response.destroyed && !this.response.writableEnded;
  }

  /** Shows the client that the stream is there. */
  comment(): void {
    this.response.write(SSE_KEEP_ALIVE);
  }

  /** Tells the client the id of an event without a message, to resume after, and how soon it shall be back. */
  prime(id: string, retryMs: number): void {
    this.response.write(encodePrimingEvent(id, retryMs));
  }

  send(json: string, id?: string): boolean {
    const isTaken = this.response.write(encodeSseEvent(json, id));
    if (!isTaken) {
      this.delivery.unread.watch(this.response);
    }
    return isTaken || this.response.destroyed;
  }

  drained(): Promise<void> {
    if (!this.isOpen) {
      return Promise.resolve();
    }
    // One for all who ask: each listener of its own would cost more the more there are.
    this.draining ??= new Promise<void>((resolve) => {
      const settle = () => {
        this.response.off('drain', settle).off('close', settle);
        this.draining = undefined;
        resolve();
      };
      this.response.once('drain', settle).once('close', settle);
    });
    return this.draining;
  }

  private startKeepAlive(): Timeout {
    return this.delivery.keepAlive.start(() => {
      this.comment();
      this.nextComment = this.startKeepAlive();
    });
  }

  end(json?: string): void {
    this.delivery.keepAlive.cancel(this.nextComment);
    this.response.end(json === undefined ? undefined : encodeSseEvent(json));
    this.delivery.unread.watch(this.response);
  }
}
