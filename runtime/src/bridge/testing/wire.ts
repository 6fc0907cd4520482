import { parseMessage, type JsonRpcMessage } from '../../mcp/json-rpc';

/** One direction of the pipe to a server: what is written arrives later, in the same order. */
export class Wire {
  /** What has arrived. */
  readonly arrived: JsonRpcMessage[] = [];
  private readonly texts: string[] = [];

  /** @param isImmediate whether everything arrives at once */
  constructor(
    private readonly receive: (message: JsonRpcMessage, text: string) => void, private readonly isImmediate: boolean,
  ) {}

  get length(): number {
    return this.texts.length;
  }

  /** How many of the messages under way contain this. */
  count(part: string): number {
    return this.texts.filter((text) => text.includes(part)).length;
  }

  write(text: string): void {
    this.texts.push(text);
    if (this.isImmediate) {
      this.deliver();
    }
  }

  /** Lets so many messages arrive. */
  deliver(count = Infinity): void {
    for (let left = Math.min(count, this.texts.length); left > 0; left--) {
      const text = this.texts.shift();
      if (text !== undefined) {
        const message = parseMessage(text);
        this.arrived.push(message);
        this.receive(message, text);
      }
    }
  }

  /** The pipe is broken. */
  cut(): void {
    this.texts.length = 0;
  }
}
