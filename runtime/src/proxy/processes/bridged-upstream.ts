import { BridgedSession, type SessionServer } from '../../bridge/bridged-session';
import type { SessionClient } from '../../bridge/session-client';
import type { JsonRpcMessage } from '../../mcp/json-rpc';
import type { Logger } from '../../platform/logger';
import type { SessionUpstream, UpstreamListener } from '../session-upstream';

/** A session with a server that has none of its own for it. */
export class BridgedUpstream implements SessionUpstream {
  readonly closed: Promise<string>;
  private readonly session: BridgedSession;
  private listener: UpstreamListener | undefined;
  private onClosed!: (how: string) => void;

  /**
   * @param serve gives the server to a client
   * @param onEnd resolves when nothing is left that was there for the session alone
   */
  constructor(
    readonly logger: Logger, serve: (client: SessionClient) => SessionServer,
    private readonly onEnd: () => Promise<void>,
  ) {
    this.closed = new Promise((resolve) => {
      this.onClosed = resolve;
    });
    this.session = new BridgedSession(
      (message, text, related) => this.listener?.onMessage(message, text, related), serve);
  }

  listen(listener: UpstreamListener): void {
    this.listener = listener;
  }

  send(message: JsonRpcMessage, text: string): void {
    this.session.onMessage(message, text);
  }

  /** Calls wait in the queue of their processes, which is bounded. */
  readonly isWritable = true;

  isWritableWithin(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** Others use the process, too: what a client does not take is bounded where it is written. */
  holdUntil(): void {
    // So nobody is held up.
  }

  initialized(): void {
    // The server has been told, or need not know.
  }

  async close(): Promise<void> {
    this.session.end();
    await this.onEnd();
    this.onClosed('the session is over');
  }
}
