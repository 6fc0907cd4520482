/** Server-sent events as MCP's Streamable HTTP uses them. WHATWG HTML, section 9.2 "Server-sent events". */

import { toOneLine } from './json-rpc';

export interface SseEvent {
  readonly data: string;
  readonly id?: string;
  /** The event's type; absent means `message`. */
  readonly event?: string;
}

/** One event that carries a message. */
export function encodeSseEvent(json: string, id?: string): string {
  const data = toOneLine(json);
  return id === undefined ? `data: ${data}\n\n` : `id: ${id}\ndata: ${data}\n\n`;
}

/**
 * An event without a message, so that a client can resume before the first one (2025-11-25, Transports, Sending
 * Messages to the Server).
 *
 * @param retryMs how soon a client whose connection breaks shall be back
 */
export function encodePrimingEvent(id: string, retryMs: number): string {
  return `id: ${id}\nretry: ${retryMs}\ndata: \n\n`;
}

/** Comment lines are ignored by clients, and keep what stands between from taking the stream for dead. */
export const SSE_KEEP_ALIVE = ': keep-alive\n\n';

/** An event grew beyond what its reader is ready to hold. */
export class SseEventTooLarge extends Error {
  constructor(readonly limit: number) {
    super(`server-sent event is longer than ${limit} characters`);
  }
}

/** Takes a stream of events apart, whatever the borders of the chunks in which it comes. */
export class SseParser {
  // Decodes characters that two chunks share, and drops a byte order mark, as the specification wants.
  private readonly decoder = new TextDecoder();
  private line = '';
  private endedWithCarriageReturn = false;
  private data: string[] = [];
  private dataLength = 0;
  private id: string | undefined;
  private event: string | undefined;

  /** @param limit longest event that is held, in characters */
  constructor(private readonly limit = Infinity) {}

  /**
   * The events that this chunk completes.
   *
   * @throws SseEventTooLarge
   */
  push(chunk: Uint8Array): SseEvent[] {
    let text = this.decoder.decode(chunk, { stream: true });
    if (text === '') {
      return [];
    }
    if (this.endedWithCarriageReturn && text.startsWith('\n')) {
      text = text.slice(1);
    }
    this.endedWithCarriageReturn = text.endsWith('\r');
    const lines = text.split(/\r\n|\r|\n/);
    lines[0] = this.line + lines[0]!;
    this.line = lines.pop()!;
    const events = lines.map((line) => this.takeLine(line)).filter((event) => event !== undefined);
    this.checkSize();
    return events;
  }

  private takeLine(line: string): SseEvent | undefined {
    if (line === '') {
      return this.dispatch();
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') {
      this.data.push(value);
      this.dataLength += value.length;
      this.checkSize();
    } else if (field === 'event') {
      this.event = value;
    } else if (field === 'id' && !value.includes('\0')) {
      this.id = value;
    }
    return undefined;
  }

  /** An empty line ends an event; one without data is none. */
  private dispatch(): SseEvent | undefined {
    const { data, id, event } = this;
    this.data = [];
    this.dataLength = 0;
    this.id = undefined;
    this.event = undefined;
    if (data.length === 0) {
      return undefined;
    }
    return {
      data: data.join('\n'),
      ...(id === undefined ? {} : { id }),
      ...(event === undefined || event === '' ? {} : { event }),
    };
  }

  private checkSize(): void {
    if (this.line.length + this.dataLength > this.limit) {
      throw new SseEventTooLarge(this.limit);
    }
  }
}
