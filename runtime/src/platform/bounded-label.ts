/**
 * Keeps the number of values that a label can take finite: names come from clients and servers,
 * and every new one would be a series in Prometheus for as long as it remembers.
 */
export class BoundedLabel {
  private readonly seen = new Set<string>();

  constructor(private readonly cap = 200) {}

  /** The value itself while there is room for it, else `other`. */
  of(value: string): string {
    if (this.seen.has(value)) {
      return value;
    }
    if (this.seen.size >= this.cap) {
      return 'other';
    }
    this.seen.add(value);
    return value;
  }
}
