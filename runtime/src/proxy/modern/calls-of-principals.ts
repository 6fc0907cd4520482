import { QuietWaiters } from '../../bridge/quiet-waiters';
import { turnedAway } from '../refusal';

/** How many calls each caller has in flight. */
export class CallsOfPrincipals {
  private readonly counts = new Map<string, number>();
  private readonly quietWaiters = new QuietWaiters(() => this.total === 0);
  private total = 0;

  constructor(private readonly maximum: number) {}

  /**
   * Counts a call.
   *
   * @param principal empty for a caller that nobody knows, who is not counted alone
   * @returns what to call when the call is over
   * @throws Refusal when the caller has as many as it may.
   */
  begin(principal: string): () => void {
    const count = this.counts.get(principal) ?? 0;
    if (principal !== '' && count >= this.maximum) {
      throw turnedAway(429, 'You have too many calls in flight');
    }
    this.counts.set(principal, count + 1);
    this.total++;
    return () => this.end(principal);
  }

  /** Resolves when no call is in flight. */
  quiet(): Promise<void> {
    return this.quietWaiters.wait();
  }

  private end(principal: string): void {
    const count = this.counts.get(principal)! - 1;
    if (count === 0) {
      this.counts.delete(principal);
    } else {
      this.counts.set(principal, count);
    }
    this.total--;
    this.quietWaiters.check();
  }
}
