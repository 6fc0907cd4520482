import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { SSE_TYPE } from '../mcp/headers';
import { encodeSseEvent, SSE_KEEP_ALIVE } from '../mcp/sse';

/** A response that carries one message after another to the client, as server-sent events. */
export class EventStream {
  private readonly keepAlive: NodeJS.Timeout;
  private readonly gone = new AbortController();

  /** @param keepAliveMs how often a comment shows that the stream is alive */
  constructor(private readonly response: ServerResponse, keepAliveMs: number, headers: Record<string, string> = {}) {
    response.writeHead(200, {
      'content-type': SSE_TYPE,
      'cache-control': 'no-cache',
      // Without it nginx would hold events back until its buffer is full.
      'x-accel-buffering': 'no',
      ...headers,
    });
    this.keepAlive = setInterval(() => this.comment(), keepAliveMs);
    response.once('close', () => {
      clearInterval(this.keepAlive);
      this.gone.abort();
    });
  }

  get isOpen(): boolean {
    return !this.response.destroyed && !this.response.writableEnded;
  }

  /** Shows the client that the stream is there. */
  comment(): void {
    this.response.write(SSE_KEEP_ALIVE);
  }

  /** @returns false when the client reads more slowly than it is sent to: wait until `drained` before sending more */
  send(json: string): boolean {
    return this.response.write(encodeSseEvent(json));
  }

  /** Resolves when the client has caught up, or is gone. */
  async drained(): Promise<void> {
    await once(this.response, 'drain', { signal: this.gone.signal }).catch(() => undefined);
  }

  /** @param json the last message, if there is one */
  end(json?: string): void {
    clearInterval(this.keepAlive);
    this.response.end(json === undefined ? undefined : encodeSseEvent(json));
  }
}
