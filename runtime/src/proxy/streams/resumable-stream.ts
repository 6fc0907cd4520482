import type { EventStream } from '../event-stream';
import type { EventLog, LoggedEvent } from './event-log';
import type { MessageStream } from './message-stream';

export interface ResumableStreamOptions {
  /** Names the stream within its session. */
  readonly number: number;
  readonly log: EventLog;
  /** Makes the id of an event, by its number. */
  readonly idOf: (event: number) => string;
  /** Whether the client knows events without a message. */
  readonly primes: () => boolean;
  /** The stream has ended, and nothing of it is kept. */
  readonly onGone: () => void;
}

/** How soon a client whose connection breaks shall be back: what it has missed is kept for a while only. */
const RETRY_MS = 1000;

/**
 * A stream of messages that outlives its connections: what is sent while there is none waits in the session's log
 * (2025-11-25, Transports, Resumability and Redelivery).
 */
export class ResumableStream implements MessageStream {
  private connection: EventStream | undefined;
  private ended = false;
  /** The newest event that a connection has got. */
  private sent = 0;
  /** The newest event that is no longer kept. */
  private lost = 0;
  private kept = 0;

  constructor(private readonly options: ResumableStreamOptions) {}

  get isOpen(): boolean {
    return this.connection?.isOpen === true;
  }

  get hasEnded(): boolean {
    return this.ended;
  }

  /** Whether events after this one are missing from what would be replayed. */
  hasLostAfter(event: number): boolean {
    return this.lost > event;
  }

  /** The messages that are kept after an event. */
  keptAfter(event: number): LoggedEvent[] {
    // The log is searched from its beginning: a new stream need not do that.
    return this.kept === 0 ? [] : this.options.log.after(this.options.number, event).filter(({ json }) => json !== '');
  }

  /**
   * Goes on over a new connection; the one before ends.
   *
   * @param after the newest event that the client has got; by default what no connection has had yet is sent
   */
  connect(connection: EventStream, after?: number): void {
    this.connection?.end();
    this.connection = connection;
    const missed = this.keptAfter(after ?? this.sent);
    for (const { number, json } of missed) {
      connection.send(json, this.options.idOf(number));
      this.sent = Math.max(this.sent, number);
    }
    if (this.ended) {
      connection.end();
    } else if (missed.length === 0) {
      this.begin(connection, after !== undefined);
    }
  }

  send(json: string): boolean {
    const number = this.append(json);
    if (!this.isOpen) {
      return true;
    }
    this.sent = number;
    return this.connection!.send(json, this.options.idOf(number));
  }

  async drained(): Promise<void> {
    await this.connection?.drained();
  }

  end(json?: string): void {
    if (!this.ended) {
      if (json !== undefined) {
        this.send(json);
      }
      this.ended = true;
      this.connection?.end();
      this.checkGone();
    }
  }

  /**
   * The log keeps one of its events no longer.
   *
   * @returns whether that is the loss of a message that no connection has had
   */
  forget({ number, json }: LoggedEvent): boolean {
    this.kept--;
    this.checkGone();
    if (json === '') {
      return false;
    }
    this.lost = number;
    return number > this.sent && !this.isOpen;
  }

  /** The client is shown at once that the stream is there, and can resume it before the first message. */
  private begin(connection: EventStream, isResumed: boolean): void {
    if (this.options.primes() && !isResumed) {
      this.sent = this.append('');
      connection.prime(this.options.idOf(this.sent), RETRY_MS);
    } else {
      connection.comment();
    }
  }

  private checkGone(): void {
    if (this.ended && this.kept === 0) {
      this.options.onGone();
    }
  }

  private append(json: string): number {
    this.kept++;
    return this.options.log.append(this.options.number, json);
  }
}
