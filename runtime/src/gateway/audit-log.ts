import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Logger } from '../platform/logger';

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

/** Writes audit records, one JSON object a line, in batches and never in a request's way. */
export class AuditLog {
  private batch = '';
  private dropped = 0;

  /**
   * @param stream where to; standard output as a file, since `process.stdout` writes to pipes synchronously
   */
  constructor(
    private readonly logger: Logger,
    private readonly stream: Writable = createWriteStream('', { fd: 1, autoClose: false }),
  ) {
    stream.on('error', (error) => logger.error({ err: error }, 'audit records cannot be written'));
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

  /** Resolves when everything is written. The stream stays open: it may be the program's standard output. */
  async close(): Promise<void> {
    await new Promise((resolve) => {
      this.stream.write(this.takeBatch(), resolve);
    });
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
