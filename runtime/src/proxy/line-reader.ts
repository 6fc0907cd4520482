const LINE_FEED = 0x0a;

export interface LineReaderOptions {
  /** Longest line that is held, in bytes. */
  readonly limit: number;
  readonly onLine: (line: string) => void;
  /** A line was longer than the limit: this is how it begins. The rest of it is skipped. */
  readonly onTooLong: (beginning: string) => void;
}

/** Cuts a byte stream into lines, and never holds more than one line of the allowed length. */
export class LineReader {
  private parts: Buffer[] = [];
  private length = 0;
  private skipping = false;

  constructor(private readonly options: LineReaderOptions) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      if (this.length === 0 && !this.skipping && end - start <= this.options.limit) {
        // Nearly always: a whole line, which nobody has to hold.
        this.options.onLine(chunk.toString('utf8', start, end));
      } else {
        this.hold(chunk.subarray(start, end));
        this.finish();
      }
      start = end + 1;
    }
    if (start < chunk.length) {
      this.hold(chunk.subarray(start));
    }
  }

  /** The stream is over: what is held is its last line. */
  end(): void {
    if (this.length > 0) {
      this.finish();
    }
  }

  private hold(part: Buffer): void {
    if (this.skipping) {
      return;
    }
    this.parts.push(part);
    this.length += part.length;
    if (this.length > this.options.limit) {
      const beginning = this.take();
      this.skipping = true;
      this.options.onTooLong(beginning.toString('utf8', 0, this.options.limit));
    }
  }

  private finish(): void {
    if (this.skipping) {
      this.skipping = false;
      return;
    }
    this.options.onLine(this.take().toString());
  }

  private take(): Buffer {
    const line = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    this.parts = [];
    this.length = 0;
    return line;
  }
}
