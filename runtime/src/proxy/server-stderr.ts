import type { Readable } from 'node:stream';
import type { Logger } from '../platform/logger';
import { LineReader } from './line-reader';

/** Longer lines are cut in the log, and more lines than a few that come together become records of this length. */
const RECORD_BYTES = 8 * 1024;
const FEW_LINES = 10;

/** More is not read within the period: a server that writes without end has to wait, and nothing is lost. */
const MOST_BYTES = 128 * 1024;
const PERIOD_MS = 1000;

/** What a server writes to its stderr, in the log. */
export class ServerStderr {
  private readonly reader: LineReader;
  /** Lines that are not in the log yet. */
  private lines: string[] = [];
  private read = 0;
  private resuming: NodeJS.Timeout | undefined;
  private isEnding = false;

  /** @param pid of the server's process, on every record */
  constructor(private readonly stream: Readable, private readonly pid: number, private readonly logger: Logger) {
    const onLine = (line: string) => void this.lines.push(line);
    this.reader = new LineReader({ limit: RECORD_BYTES, onLine, onTooLong: onLine });
    stream.on('data', (chunk: Buffer) => this.onData(chunk));
    stream.once('end', () => {
      this.reader.end();
      this.log();
    });
    stream.once('close', () => clearTimeout(this.resuming));
  }

  /** The process is to end, and must not be kept from that: its last words are logged, and of a flood no more. */
  hasten(): void {
    this.isEnding = true;
    clearTimeout(this.resuming);
    this.stream.resume();
  }

  private onData(chunk: Buffer): void {
    if (this.isEnding && this.read > MOST_BYTES) {
      return;
    }
    this.reader.push(chunk);
    this.log();
    this.read += chunk.length;
    if (this.isEnding) {
      return;
    }
    this.resuming ??= setTimeout(() => this.beginPeriod(), PERIOD_MS);
    if (this.read > MOST_BYTES) {
      this.stream.pause();
    }
  }

  private log(): void {
    const records = this.lines.length > FEW_LINES ? joined(this.lines) : this.lines;
    this.lines = [];
    records.forEach((stderr) => this.logger.info({ pid: this.pid, stderr }, 'server wrote to stderr'));
  }

  private beginPeriod(): void {
    this.resuming = undefined;
    this.read = 0;
    this.stream.resume();
  }
}

/** Each record is a write of its own: a thousand of them hold everybody up. */
function joined(lines: readonly string[]): string[] {
  const records: string[] = [];
  let record: string[] = [];
  let length = 0;
  for (const line of lines) {
    if (length + line.length > RECORD_BYTES) {
      records.push(record.join('\n'));
      record = [];
      length = 0;
    }
    record.push(line);
    length += line.length + 1;
  }
  return [...records, record.join('\n')].filter((text) => text !== '');
}
