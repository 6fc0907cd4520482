/**
 * Keeps the number of values that a label can take finite: names come from clients and servers,
 * and every new one would be a series in Prometheus for as long as it remembers.
 */
export class BoundedLabel {
  /** The longest tool name that MCP knows of (2025-11-25, Tools, Tool Names). */
  private static readonly LONGEST = 128;

  private readonly seen = new Set<string>();

  constructor(private readonly cap = 200) {}

  /** Whether the value has a series of its own. */
  has(value: string): boolean {
    return this.seen.has(value);
  }

  /** The value itself while there is room for it and it has the length of a name, else `other`. */
  of(value: string): string {
    if (this.seen.has(value)) {
      return value;
    }
    if (this.seen.size >= this.cap || value.length > BoundedLabel.LONGEST) {
      return 'other';
    }
    this.seen.add(value);
    return value;
  }
}
