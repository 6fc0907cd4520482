import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../platform/logger';
import { DescriptorStream } from './descriptor-stream';

/** What the audit trail says of one request. Never a token, never arguments or results. */
export interface AuditRecord {
  /** When the request arrived, ISO 8601. */
  readonly time: string;
  readonly id: string;
  readonly trace_id: string | null;
  /** Null when the caller is not known. */
  readonly principal: { readonly issuer: string; readonly subject: string; readonly groups: readonly string[] } | null;
  /** Name and version of the client's program, as it said in `initialize`. */
  readonly client: string | null;
  /** MCP method; `response` for a client's answer to a server; the HTTP method where there is no message. */
  readonly method: string;
  readonly server: string | null;
  /** Tool, prompt or resource. */
  readonly target: string | null;
  /** Null when policy was not asked. */
  readonly decision: { readonly outcome: 'allow' | 'deny'; readonly policies: readonly string[] } | null;
  readonly outcome: string;
  readonly duration_ms: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
}

/** Bytes that may wait for a slow reader. Beyond, records are dropped: the trail must not stall the fleet. */
const WAITING_BYTES = 16 * 1024 * 1024;

/** Records wait so long for company. A write for each would cost more than all the rest of the trail. */
const BATCH_MS = 20;

/** How long the end of the program waits for a slow reader. */
const LAST_WRITES_MS = 5000;

/** Writes audit records, one JSON object a line, in batches and never in a request's way. */
export class AuditLog {
  private batch = '';
  private dropped = 0;

  private readonly stream: Writable;

  /** @param stream where to; standard output unless it is said */
  constructor(private readonly logger: Logger, stream?: Writable) {
    const failed = (error: Error) => logger.error({ err: error }, 'audit records cannot be written');
    this.stream = stream ?? new DescriptorStream(1, failed);
    this.stream.on('error', failed);
  }

  write(record: AuditRecord): void {
    if (this.stream.writableLength + this.batch.length > WAITING_BYTES) {
      this.dropped++;
      return;
    }
    if (this.batch === '') {
      setTimeout(() => this.flush(), BATCH_MS);
    }
    this.batch += `${JSON.stringify(record)}\n`;
  }

  /**
   * Resolves when everything is written, or its reader has had long enough.
   * The stream stays open: it may be the program's standard output.
   */
  async close(): Promise<void> {
    const written = new Promise((resolve) => {
      this.stream.write(this.takeBatch(), resolve);
    });
    const over = new AbortController();
    await Promise.race([written, sleep(LAST_WRITES_MS, undefined, { signal: over.signal }).catch(() => undefined)]);
    over.abort();
    if (this.stream.writableLength > 0) {
      this.logger.error({ bytes: this.stream.writableLength }, 'audit records were lost: nobody reads them');
    }
  }

  private flush(): void {
    if (this.batch !== '') {
      this.stream.write(this.takeBatch());
    }
    if (this.dropped > 0) {
      this.logger.error({ dropped: this.dropped }, 'audit records were dropped: their reader is too slow');
      this.dropped = 0;
    }
  }

  private takeBatch(): string {
    const batch = this.batch;
    this.batch = '';
    return batch;
  }
}
