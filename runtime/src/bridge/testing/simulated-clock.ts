import type { Clock } from '../clock';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Time that passes when a test says so. */
export class SimulatedClock implements Clock {
  private time = Date.UTC(2026, 0, 1);
  /** In the order in which they were set. */
  private readonly timers = new Set<Timer>();

  /** Timers that have neither gone off nor been cancelled. */
  get pending(): number {
    return this.timers.size;
  }

  now(): number {
    return this.time;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.time + ms, callback };
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
    };
  }

  /** Lets time pass. Timers go off in their order, those included that others set meanwhile. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (let next = this.next(end); next !== undefined; next = this.next(end)) {
      this.timers.delete(next);
      this.time = next.at;
      next.callback();
    }
    this.time = end;
  }

  private next(end: number): Timer | undefined {
    const due = [...this.timers].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}
