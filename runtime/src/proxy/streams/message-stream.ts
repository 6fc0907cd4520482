/** A way for one message after another to the client. */
export interface MessageStream {
  /** Whether the client reads it now, as far as anybody can know. */
  readonly isOpen: boolean;
  /** @returns false when the client reads more slowly than it is sent to: wait until `drained` before sending more */
  send(json: string): boolean;
  /** Resolves when the client has caught up, or is gone. */
  drained(): Promise<void>;
  /** @param json the last message, if there is one */
  end(json?: string): void;
}
