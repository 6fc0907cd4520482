import { JSON_TYPE, SSE_TYPE } from '../../mcp/headers';
import { SseEventTooLarge, SseParser, encodeSseEvent, type SseEvent } from '../../mcp/sse';

/** Changes a JSON-RPC message on its way to the client. Gives back the same text when there is nothing to change. */
export type MessageRewrite = (message: string) => string;

export interface AnswerBodyOptions {
  /** Sees every message that is not too long. */
  readonly observe: (message: string | Buffer) => void;
  readonly rewrite?: MessageRewrite;
}

/** The body of a server's answer, on its way to the client. */
export interface AnswerBody {
  /** What to send on, now that this chunk has come. */
  push(chunk: Buffer): Buffer | string;
  /** What to send at the end. */
  end(): Buffer | string;
}

/** A message that has to be held to be rewritten is no longer than this, in bytes or characters. */
const LONGEST_REWRITTEN = 16 * 1024 * 1024;

/** An answer longer than this is passed on without a look at how the call ended; it counts as a success. */
const LONGEST_OBSERVED = 1024 * 1024;

/** The server's answer cannot be passed on: what has to be looked into cannot be. */
export class UnusableAnswer extends Error {
  override readonly name = 'UnusableAnswer';
}

/** @throws UnusableAnswer when messages are to be rewritten and the media type carries none. */
export function answerBody(contentType: string | undefined, options: AnswerBodyOptions): AnswerBody {
  switch (contentType?.split(';', 1)[0]!.trim().toLowerCase()) {
    case JSON_TYPE:
      return options.rewrite === undefined ? new PassedJson(options) : new RewrittenJson(options, options.rewrite);
    case SSE_TYPE:
      return options.rewrite === undefined ? new PassedEvents(options) : new RewrittenEvents(options, options.rewrite);
    default:
      return options.rewrite === undefined ? PLAIN : REFUSED;
  }
}

const PLAIN: AnswerBody = { push: (chunk) => chunk, end: () => '' };

/** No body at all is fine whatever its type. */
const REFUSED: AnswerBody = {
  push: () => {
    throw new UnusableAnswer('it is neither JSON nor an event stream');
  },
  end: () => '',
};

/** Holds on to chunks up to a limit. */
class HeldChunks {
  private readonly chunks: Buffer[] = [];
  private size = 0;

  constructor(private readonly limit: number) {}

  /** @returns whether the limit still holds */
  add(chunk: Buffer): boolean {
    this.size += chunk.length;
    if (this.size <= this.limit) {
      this.chunks.push(chunk);
      return true;
    }
    this.chunks.length = 0;
    return false;
  }

  /** Undefined when there was more than the limit. */
  all(): Buffer | undefined {
    if (this.size > this.limit) {
      return undefined;
    }
    return this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks);
  }
}

/** Servers may begin a stream with an event that has an id but no message, to resume after. */
function isMessage({ data }: SseEvent): boolean {
  return data !== '';
}

class PassedJson implements AnswerBody {
  private readonly held = new HeldChunks(LONGEST_OBSERVED);

  constructor(private readonly options: AnswerBodyOptions) {}

  push(chunk: Buffer): Buffer {
    this.held.add(chunk);
    return chunk;
  }

  end(): string {
    const message = this.held.all();
    if (message !== undefined) {
      this.options.observe(message);
    }
    return '';
  }
}

class RewrittenJson implements AnswerBody {
  private readonly held = new HeldChunks(LONGEST_REWRITTEN);

  constructor(private readonly options: AnswerBodyOptions, private readonly rewrite: MessageRewrite) {}

  push(chunk: Buffer): string {
    if (!this.held.add(chunk)) {
      throw new UnusableAnswer(`it is longer than ${LONGEST_REWRITTEN} bytes`);
    }
    return '';
  }

  end(): string {
    const message = this.held.all()!.toString();
    this.options.observe(message);
    return message === '' ? '' : this.rewrite(message);
  }
}

class PassedEvents implements AnswerBody {
  private parser?: SseParser = new SseParser(LONGEST_OBSERVED);

  constructor(private readonly options: AnswerBodyOptions) {}

  push(chunk: Buffer): Buffer {
    try {
      this.parser?.push(chunk).filter(isMessage).forEach(({ data }) => this.options.observe(data));
    } catch (error) {
      if (!(error instanceof SseEventTooLarge)) {
        throw error;
      }
      this.parser = undefined;
    }
    return chunk;
  }

  end(): string {
    return '';
  }
}

class RewrittenEvents implements AnswerBody {
  private readonly parser = new SseParser(LONGEST_REWRITTEN);
  private betweenEvents = true;

  constructor(private readonly options: AnswerBodyOptions, private readonly rewrite: MessageRewrite) {}

  /** A chunk of whole events of which none changes is passed on as it is, with its comments and `retry` fields. */
  push(chunk: Buffer): Buffer | string {
    const events = this.parser.push(chunk);
    const wasBetweenEvents = this.betweenEvents;
    this.betweenEvents = chunk.subarray(-2).toString('latin1') === '\n\n';
    events.filter(isMessage).forEach(({ data }) => this.options.observe(data));
    const rewritten = events.map((event) => isMessage(event) ? this.rewrite(event.data) : event.data);
    if (wasBetweenEvents && this.betweenEvents && events.every(({ data }, index) => data === rewritten[index])) {
      return chunk;
    }
    return events.map(({ id }, index) => encodeSseEvent(rewritten[index]!, id)).join('');
  }

  end(): string {
    return '';
  }
}
