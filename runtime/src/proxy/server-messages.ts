import type { ServerResponse } from 'node:http';
import { ERROR_CODE, type JsonRpcNotification, type JsonRpcRequest } from '../mcp/json-rpc';
import type { Call, CallsInFlight } from './calls-in-flight';
import { EventStream } from './event-stream';
import { Refusal } from './refusal';
import type { ServerChannel } from './server-channel';
import { UnsentMessages } from './unsent-messages';

/** How much is kept while the client has no stream open, in characters. */
const UNSENT_LIMIT = 1024 * 1024;

export interface ServerMessagesOptions {
  readonly calls: CallsInFlight;
  readonly channel: ServerChannel;
  readonly keepAliveMs: number;
}

/**
 * Finds the stream for each request and notification of the server. Over stdio they do not say which call
 * they belong to, progress excepted; over HTTP each must go to one stream, that of its call where it has one
 * (2025-11-25, Transports, Multiple Connections).
 */
export class ServerMessages {
  /** The stream that the client's GET has opened. */
  private standing: EventStream | undefined;
  private readonly unsent = new UnsentMessages(UNSENT_LIMIT);

  constructor(private readonly options: ServerMessagesOptions) {}

  /**
   * Opens the one standing stream, for what belongs to no call.
   *
   * @throws Refusal when it is open already.
   */
  openStream(response: ServerResponse): void {
    if (this.standing?.isOpen === true) {
      throw new Refusal(409, ERROR_CODE.TRANSPORT_ERROR, 'Conflict: the session\'s stream is open already');
    }
    this.standing = new EventStream(response, this.options.keepAliveMs);
    this.standing.comment();
    for (const text of this.unsent.take()) {
      this.standing.send(text);
    }
  }

  relay(message: JsonRpcRequest | JsonRpcNotification, text: string): void {
    const isProgress = message.method === 'notifications/progress';
    const stream = isProgress ? this.streamOfProgress(message.params?.progressToken) : this.streamOfOthers();
    if (stream !== undefined) {
      this.send(stream, text);
    } else if (!isProgress) {
      this.keep(text);
    }
  }

  close(): void {
    this.standing?.end();
  }

  private streamOfProgress(token: unknown): EventStream | undefined {
    return this.options.calls.ofProgressToken(token)?.reply.openStream();
  }

  private streamOfOthers(): EventStream | undefined {
    const calls = this.options.calls.newestFirst();
    const standing = this.standing?.isOpen === true ? this.standing : undefined;
    // While one call is in flight, the server most likely speaks of that one.
    return (calls.length === 1 ? firstStream(calls) : undefined) ?? standing ?? firstStream(calls);
  }

  private send(stream: EventStream, text: string): void {
    if (!stream.send(text)) {
      this.options.channel.holdUntil(stream.drained());
    }
  }

  private keep(text: string): void {
    const dropped = this.unsent.push(text);
    if (dropped > 0) {
      this.options.channel.logger.warn({ dropped }, 'dropped messages of the server: the client has no stream open');
    }
  }
}

function firstStream(calls: Call[]): EventStream | undefined {
  for (const { reply } of calls) {
    const stream = reply.openStream();
    if (stream !== undefined) {
      return stream;
    }
  }
  return undefined;
}
