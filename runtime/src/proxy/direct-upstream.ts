import type { ProxyConfig } from '../../../lib/contract/proxy-config';
import type { JsonRpcMessage } from '../mcp/json-rpc';
import { initializeWithoutRoots, refusalOfRoots, tellsOfRoots } from './roots';
import type { ServerChannel } from './server-channel';
import type { SessionUpstream, UpstreamListener } from './session-upstream';

/** A process of the session's own. Every message passes as it was written. */
export class DirectUpstream implements SessionUpstream {
  constructor(private readonly channel: ServerChannel, private readonly roots: ProxyConfig['roots']) {}

  get closed() {
    return this.channel.closed;
  }

  get logger() {
    return this.channel.logger;
  }

  listen(listener: UpstreamListener): void {
    this.channel.listen({
      onMessage: (message, text) => {
        const refusal = this.roots === 'strip' ? refusalOfRoots(message) : undefined;
        if (refusal === undefined) {
          listener.onMessage(message, text);
        } else {
          this.channel.send(refusal);
        }
      },
      onTooLong: () => listener.onTooLong(),
    });
  }

  send(message: JsonRpcMessage, text: string): void {
    if (this.roots === 'allow') {
      this.channel.send(text);
    } else if (!tellsOfRoots(message)) {
      this.channel.send(initializeWithoutRoots(message, text));
    }
  }

  get isWritable(): boolean {
    return this.channel.isWritable;
  }

  isWritableWithin(timeoutMs: number): Promise<boolean> {
    return this.channel.isWritableWithin(timeoutMs);
  }

  holdUntil(resumable: Promise<void>): void {
    this.channel.holdUntil(resumable);
  }

  initialized(): void {
    this.channel.initialized();
  }

  close(): Promise<void> {
    return this.channel.close();
  }
}
