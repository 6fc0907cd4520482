import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { ERROR_CODE } from '../../mcp/json-rpc';
import type { Logger } from '../../platform/logger';
import { isWorthALine } from '../counted-lines';
import type { Delivery } from '../delivery';
import { EventStream } from '../event-stream';
import { Refusal } from '../refusal';
import { EventLog, type EventLogLimits, type LoggedEvent } from './event-log';
import type { MessageStream } from './message-stream';
import { ResumableStream } from './resumable-stream';

export interface SessionStreamsOptions {
  readonly delivery: Delivery;
  readonly logLimits: EventLogLimits;
  readonly logger: Logger;
  /** Whether the client knows events without a message, as those of 2025-11-25 do. */
  readonly primes: () => boolean;
}

const STANDING = 0;

/** All streams of one session: the standing one, and those that are answers to calls. */
export class SessionStreams {
  /** For what belongs to no call. It is there even while the client has no connection to it. */
  readonly standing: ResumableStream;
  /** Those of which there may be more to say. */
  private readonly streams = new Map<number, ResumableStream>();
  private readonly log: EventLog;
  /** Makes the ids of two sessions differ. */
  private readonly tag = randomBytes(6).toString('hex');
  private newest = STANDING;
  private dropped = 0;

  constructor(private readonly options: SessionStreamsOptions) {
    this.log = new EventLog((event) => this.forget(event), options.logLimits);
    this.standing = this.create(STANDING);
  }

  /** The stream of a call. */
  open(connection: EventStream): MessageStream {
    const stream = this.create(++this.newest);
    stream.connect(connection);
    return stream;
  }

  /**
   * Connects the client to the standing stream.
   *
   * @throws Refusal when it is connected already.
   */
  connect(response: ServerResponse): void {
    if (this.standing.isOpen) {
      throw new Refusal(409, ERROR_CODE.TRANSPORT_ERROR, 'Conflict: the session\'s stream is open already');
    }
    this.standing.connect(new EventStream(response, this.options.delivery));
  }

  /**
   * Goes on with a stream, whichever it was, after an event that the client has got. A connection that the stream
   * still has is taken for dead: its client knows better.
   *
   * @throws Refusal when there is nothing to go on with.
   */
  resume(response: ServerResponse, lastEventId: string): void {
    const [stream, event] = this.find(lastEventId);
    const isOver = stream.hasEnded && stream.keptAfter(event).length === 0;
    if (stream.hasLostAfter(event)) {
      if (isOver) {
        throw new Refusal(400, ERROR_CODE.TRANSPORT_ERROR, 'Cannot resume: what came after this event is no longer kept');
      }
      this.options.logger.warn({ lastEventId }, 'a client resumes a stream, but has missed messages');
    }
    if (isOver) {
      // HTML, Server-sent events: this status tells the client not to come back.
      response.writeHead(204).end();
    } else {
      stream.connect(new EventStream(response, this.options.delivery), event);
    }
  }

  /** The session is over. */
  close(): void {
    this.standing.end();
  }

  private create(number: number): ResumableStream {
    const stream = new ResumableStream({
      number, log: this.log,
      idOf: (event) => `${this.tag}-${number}-${event}`,
      primes: this.options.primes,
      onGone: () => this.streams.delete(number),
    });
    this.streams.set(number, stream);
    return stream;
  }

  private find(eventId: string): [ResumableStream, number] {
    const match = /^([0-9a-f]{12})-(\d{1,15})-(\d{1,15})$/.exec(eventId);
    const stream = match?.[1] === this.tag ? this.streams.get(Number(match[2])) : undefined;
    const event = Number(match?.[3]);
    if (stream === undefined || !this.log.hasSeen(event)) {
      throw new Refusal(400, ERROR_CODE.TRANSPORT_ERROR,
        'Cannot resume: no event of this session, or of a stream that is over, has this Last-Event-ID');
    }
    return [stream, event];
  }

  private forget(event: LoggedEvent): void {
    const wasDropped = this.streams.get(event.stream)?.forget(event) === true;
    if (wasDropped && isWorthALine(++this.dropped)) {
      this.options.logger.warn({ dropped: this.dropped }, 'dropped messages of the server: the client has no stream open');
    }
  }
}
