const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/** A process that ran for this long is not in a crash loop any more. */
const RESET_AFTER_MS = 60_000;

/** How long to wait before a process that died is started again: from a second, doubling, to half a minute. */
export class Backoff {
  private nextMs = FIRST_MS;

  /** @param uptimeMs how long the process ran before it died */
  delayAfter(uptimeMs: number): number {
    if (uptimeMs >= RESET_AFTER_MS) {
      this.nextMs = FIRST_MS;
    }
    const delayMs = this.nextMs;
    this.nextMs = Math.min(delayMs * 2, LONGEST_MS);
    return delayMs;
  }
}
