import type { ServerResponse } from 'node:http';

/** What all together may wait for clients to read it, in bytes: two of the largest messages that servers may write. */
const MOST_UNREAD_BYTES = 32 * 1024 * 1024;

/** Bounds what waits for clients that do not keep up. Beyond it the connection with most is closed. */
export class UnreadAnswers {
  private readonly responses = new Set<ServerResponse>();

  constructor(private readonly limit = MOST_UNREAD_BYTES) {}

  /** Looks after a response to which something has been written, unless its client has taken all of it at once. */
  watch(response: ServerResponse): void {
    if (response.writableLength === 0) {
      return;
    }
    if (!this.responses.has(response) && !response.destroyed) {
      this.responses.add(response);
      response.once('close', () => this.responses.delete(response));
    }
    this.bound();
  }

  private bound(): void {
    let total = 0;
    let longest: ServerResponse | undefined;
    for (const response of this.responses) {
      total += response.writableLength;
      if (response.writableLength > (longest?.writableLength ?? 0)) {
        longest = response;
      }
    }
    if (total > this.limit) {
      longest?.destroy();
      this.responses.delete(longest!);
      this.bound();
    }
  }
}
