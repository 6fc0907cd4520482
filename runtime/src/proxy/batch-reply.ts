import { ERROR_CODE, errorResponse, type JsonRpcId } from '../mcp/json-rpc';
import type { CallReply, Reply, WrapConnection } from './reply';
import type { MessageStream } from './streams/message-stream';

/** Longer answers, in characters, go to the client as they come. */
const MOST_HELD = 1024 * 1024;

/**
 * The HTTP response to a batch: one array with all answers, or a stream with one after another when something has
 * to be said before the last of them.
 */
export class BatchReply {
  private readonly collected: string[] = [];
  private held = 0;

  /** @param open how many answers are to come */
  constructor(private readonly reply: Reply, private open: number) {}

  /** The reply to one request of the batch. */
  part(): CallReply {
    return {
      headers: {},
      startWaiting: (wrap?: WrapConnection) => this.reply.startWaiting(wrap),
      onDisconnect: (callback) => this.reply.onDisconnect(callback),
      openStream: () => this.openStream(),
      answer: (json) => this.answer(json),
      caughtUp: () => this.reply.caughtUp(),
      dismiss: (id) => this.dismiss(id),
    };
  }

  private openStream(): MessageStream | undefined {
    const stream = this.reply.openStream();
    if (stream !== undefined) {
      this.collected.splice(0).forEach((json) => stream.send(json));
    }
    return stream;
  }

  private answer(json: string): void {
    this.collected.push(json);
    this.held += json.length;
    if (this.held > MOST_HELD) {
      this.openStream();
    }
    this.oneLess();
  }

  private dismiss(id: JsonRpcId): void {
    if (this.reply.isStream) {
      this.oneLess();
    } else {
      this.answer(JSON.stringify(errorResponse(id, ERROR_CODE.TRANSPORT_ERROR, 'Request was cancelled')));
    }
  }

  private oneLess(): void {
    this.open--;
    if (this.reply.isStream) {
      const stream = this.openStream();
      if (this.open === 0) {
        stream?.end();
      }
    } else if (this.open === 0) {
      this.reply.answer(`[${this.collected.join(',')}]`);
    }
  }
}
