/** Those who wait until nothing is in flight any more. */
export class QuietWaiters {
  private readonly waiters: (() => void)[] = [];

  /** @param isQuiet whether nothing is in flight */
  constructor(private readonly isQuiet: () => boolean) {}

  /** Resolves when it is quiet. */
  async wait(): Promise<void> {
    if (!this.isQuiet()) {
      await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }

  /** Something is not in flight any more. */
  check(): void {
    if (this.isQuiet()) {
      this.waiters.splice(0).forEach((resolve) => resolve());
    }
  }
}
