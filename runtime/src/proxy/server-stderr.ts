import type { Readable } from 'node:stream';
import type { Logger } from '../platform/logger';
import { LineReader } from './line-reader';

/** Longer lines are cut in the log. */
const LINE_BYTES = 8 * 1024;

/** More is not read within the period: a server that writes without end has to wait, and nothing is lost. */
const MOST_BYTES = 128 * 1024;
const PERIOD_MS = 1000;

/** What a server writes to its stderr, in the log. */
export class ServerStderr {
  private readonly reader: LineReader;
  private read = 0;
  private resuming: NodeJS.Timeout | undefined;
  private isIgnored = false;

  /** @param pid of the server's process, on every line */
  constructor(private readonly stream: Readable, pid: number, logger: Logger) {
    const log = (stderr: string) => logger.info({ pid, stderr }, 'server wrote to stderr');
    this.reader = new LineReader({ limit: LINE_BYTES, onLine: log, onTooLong: log });
    stream.on('data', (chunk: Buffer) => this.onData(chunk));
    stream.once('end', () => this.reader.end());
    stream.once('close', () => clearTimeout(this.resuming));
  }

  /** The process is to end: what it still writes must not keep it from that. */
  ignore(): void {
    this.isIgnored = true;
    clearTimeout(this.resuming);
    this.stream.resume();
  }

  private onData(chunk: Buffer): void {
    if (this.isIgnored) {
      return;
    }
    this.reader.push(chunk);
    this.read += chunk.length;
    this.resuming ??= setTimeout(() => this.beginPeriod(), PERIOD_MS);
    if (this.read > MOST_BYTES) {
      this.stream.pause();
    }
  }

  private beginPeriod(): void {
    this.resuming = undefined;
    this.read = 0;
    this.stream.resume();
  }
}
