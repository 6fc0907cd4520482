/** Something that is waited for. */
export interface Timeout {
  /** Undefined once it has fired or is cancelled. */
  onTimeout: (() => void) | undefined;
  /** The tick at which it fires. */
  readonly due: number;
  previous: Timeout | undefined;
  next: Timeout | undefined;
}

/** Of which a timeout takes so many, and perhaps one more. Counting them is cheaper than to ask for the time. */
const TICKS = 8;

/**
 * Timeouts of one length. Nearly all of them are cancelled long before: a timer for each would cost more than
 * everything else that is remembered of a call, so there is one for all.
 */
export class Timeouts {
  // A list whose removed elements refer to nothing. With a Set, tables that it has outgrown would keep what belonged
  // to calls of long ago from being collected with the young garbage.
  private first: Timeout | undefined;
  private last: Timeout | undefined;
  private timer: NodeJS.Timeout | undefined;
  private tick = 0;

  /** @param ms how long each waits at least */
  constructor(private readonly ms: number) {}

  start(onTimeout: () => void): Timeout {
    const timeout = { onTimeout, due: this.tick + TICKS + 1, previous: this.last, next: undefined };
    if (this.last === undefined) {
      this.first = timeout;
    } else {
      this.last.next = timeout;
    }
    this.last = timeout;
    this.timer ??= setInterval(() => this.fire(), Math.max(this.ms / TICKS, 1));
    return timeout;
  }

  /** @param timeout may have fired already */
  cancel(timeout: Timeout): void {
    if (timeout.onTimeout === undefined) {
      return;
    }
    const { previous, next } = timeout;
    if (previous === undefined) {
      this.first = next;
    } else {
      previous.next = next;
    }
    if (next === undefined) {
      this.last = previous;
    } else {
      next.previous = previous;
    }
    timeout.onTimeout = timeout.previous = timeout.next = undefined;
  }

  private fire(): void {
    this.tick++;
    while (this.first !== undefined && this.first.due <= this.tick) {
      const { onTimeout } = this.first;
      this.cancel(this.first);
      onTimeout!();
    }
    if (this.first === undefined) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }
}
