import type { JsonRpcId, JsonRpcMessage, JsonRpcRequest } from '../mcp/json-rpc';
import type { Principal } from '../auth/principal';
import type { Logger } from '../platform/logger';

/** Hears what the server of a session says. */
export interface UpstreamListener {
  /**
   * @param text the message as it goes to the client
   * @param related the client's request on whose stream the message belongs, where the upstream knows it
   */
  onMessage(message: JsonRpcMessage, text: string, related?: JsonRpcId): void;
  /** The server wrote a message that is longer than allowed, which was skipped. */
  onTooLong(): void;
}

/**
 * The server as a session sees it: one that keeps to the revisions with sessions and has no other client. What is
 * behind may be a process of the session's own, or a share of one that others use, too.
 */
export interface SessionUpstream {
  /** Resolves to how the server ended, once it has and all its messages have been handled. Never rejects. */
  readonly closed: Promise<string>;
  /** Names the server's process, where the session has one, on every line. */
  readonly logger: Logger;
  /** Begins to pass on what the server says. */
  listen(listener: UpstreamListener): void;
  /**
   * Sends a message of the client.
   *
   * @param text the message as the client wrote it
   */
  send(message: JsonRpcMessage, text: string): void;
  /** Whether the server takes more input now. */
  readonly isWritable: boolean;
  /**
   * Waits until the server takes more input.
   *
   * @returns false when the server has ended, or has taken nothing for that long
   */
  isWritableWithin(timeoutMs: number): Promise<boolean>;
  /** Says nothing more, as far as that is possible, until the promise settles: the client does not keep up. */
  holdUntil(resumable: Promise<void>): void;
  /** The session has begun. */
  initialized(): void;
  /** The session is over. Resolves when nothing of the server is left that was there for it alone. */
  close(): Promise<void>;
}

/**
 * Gets a server for a new session.
 *
 * @param request the client's `initialize`, which is yet to be sent
 * @param principal undefined where callers are not known
 * @throws Refusal when there is no room, any other Error when the server cannot be started.
 */
export type OpenUpstream = (request: JsonRpcRequest, principal: Principal | undefined) => Promise<SessionUpstream>;
