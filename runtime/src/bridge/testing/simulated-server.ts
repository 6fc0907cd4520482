import type { JsonRpcMessage, JsonRpcRequest } from '../../mcp/json-rpc';
import { progressTokenOf } from '../round';
import type { ConnectionPorts, ServerConnection } from '../server-connection';
import { Wire } from './wire';

/** A request as a server has got it. */
export interface Received {
  readonly request: JsonRpcRequest;
  state: 'open' | 'cancelled' | 'answered';
}

/** A process of a server that does what a test says, whatever era it is of. */
export abstract class SimulatedServer<C extends ServerConnection, R extends Received> {
  readonly connection: C;
  readonly toServer: Wire;
  readonly toBridge: Wire;
  /** All that it was sent. */
  readonly received: JsonRpcMessage[] = [];
  /** What was passed to nobody. */
  readonly strays: JsonRpcMessage[] = [];
  readonly changes: string[] = [];
  isDead = false;
  /** The requests that it has got. */
  protected readonly all: R[] = [];

  /** @param isImmediate whether all messages arrive at once */
  constructor(connect: (ports: ConnectionPorts) => C, isImmediate: boolean) {
    this.connection = connect({
      send: (text) => this.toServer.write(text),
      onChange: (_notification, text) => this.changes.push(text),
      onStray: (message) => this.strays.push(message),
    });
    this.toServer = new Wire((message, text) => this.onMessage(message, text), isImmediate);
    this.toBridge = new Wire((message, text) => this.connection.onMessage(message, text), isImmediate);
  }

  /** The last request that it has got. */
  get last(): R {
    const request = this.all.at(-1);
    if (request === undefined) {
      throw new Error('the server has no request');
    }
    return request;
  }

  write(message: object): void {
    if (!this.isDead) {
      this.toBridge.write(JSON.stringify({ jsonrpc: '2.0', ...message }));
    }
  }

  progress({ request }: R, params: object): void {
    this.write({
      method: 'notifications/progress', params: { progressToken: progressTokenOf(request) ?? request.id, ...params },
    });
  }

  /** The process ends. */
  die(): void {
    if (!this.isDead) {
      this.isDead = true;
      this.toServer.cut();
      this.toBridge.deliver();
      this.connection.fail({ type: 'unavailable', code: -32603, message: 'its process ended' });
    }
  }

  protected onMessage(message: JsonRpcMessage, text: string): void {
    this.received.push(message);
    if ('method' in message && 'id' in message) {
      this.all.push(this.receive(message, text));
    } else if ('method' in message && message.method === 'notifications/cancelled') {
      const cancelled = this.all.find(({ request }) => request.id === message.params?.requestId);
      if (cancelled?.state === 'open') {
        cancelled.state = 'cancelled';
      }
    }
  }

  protected abstract receive(request: JsonRpcRequest, text: string): R;
}
