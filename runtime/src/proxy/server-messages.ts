import type { JsonRpcId, JsonRpcNotification, JsonRpcRequest } from '../mcp/json-rpc';
import type { CallsInFlight } from './calls-in-flight';
import type { SessionUpstream } from './session-upstream';
import type { MessageStream } from './streams/message-stream';

/**
 * Finds the stream for each request and notification of the server. Over stdio they do not say which call
 * they belong to, progress excepted; over HTTP each must go to one stream, that of its call where it has one
 * (2025-11-25, Transports, Multiple Connections).
 */
export class ServerMessages {
  /** @param standing for what belongs to no call */
  constructor(
    private readonly calls: CallsInFlight, private readonly standing: MessageStream,
    private readonly upstream: SessionUpstream,
  ) {}

  /** @param related the call that the message belongs to, where that is known */
  relay(message: JsonRpcRequest | JsonRpcNotification, text: string, related: JsonRpcId | undefined): void {
    const stream = message.method === 'notifications/progress'
      ? this.streamOfProgress(message.params?.progressToken, related) : this.streamOfOthers(related);
    if (stream?.send(text) === false) {
      this.upstream.holdUntil(stream.drained());
    }
  }

  /** Progress means nothing to anybody but its call. */
  private streamOfProgress(token: unknown, related: JsonRpcId | undefined): MessageStream | undefined {
    const call = related === undefined ? this.calls.ofProgressToken(token) : this.calls.get(related);
    return call?.reply.openStream();
  }

  /** One that the client reads now; where there is none, the one that it may come back to. */
  private streamOfOthers(related: JsonRpcId | undefined): MessageStream {
    // While one call is in flight, the server most likely speaks of that one.
    const call = related === undefined ? this.calls.only : this.calls.get(related);
    const own = call?.reply.openStream();
    if (own?.isOpen === true) {
      return own;
    }
    if (this.standing.isOpen) {
      return this.standing;
    }
    const others = related === undefined ? this.openStreamOfNewest() : undefined;
    return others ?? own ?? this.standing;
  }

  private openStreamOfNewest(): MessageStream | undefined {
    for (const { reply } of this.calls.newestFirst()) {
      const stream = reply.openStream();
      if (stream?.isOpen === true) {
        return stream;
      }
    }
    return undefined;
  }
}
