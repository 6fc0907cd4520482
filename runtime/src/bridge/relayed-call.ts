import {
  ERROR_CODE, errorResponse, type JsonRpcId, type JsonRpcNotification, type JsonRpcRequest, type JsonRpcResponse,
} from '../mcp/json-rpc';
import type { CallFailure, CallHandle, CallListener } from './call';
import { withId } from './outcome';
import { withOwnToken } from './round';
import type { SessionClient } from './session-client';

/** A request of a client with a session to a server of the same era whose process others use as well. */
export class RelayedCall implements CallListener {
  private readonly handle: CallHandle;
  /** Ids of the server's questions, and those under which the client knows them. */
  private readonly questions = new Map<JsonRpcId, JsonRpcId>();
  private isOver = false;

  constructor(
    private readonly request: JsonRpcRequest, private readonly client: SessionClient,
    private readonly roots: boolean, send: (listener: CallListener) => CallHandle,
  ) {
    this.handle = send(this);
  }

  cancel(reason: string): void {
    if (!this.isOver) {
      this.end();
      this.handle.cancel(reason);
    }
  }

  onNotification(notification: JsonRpcNotification, text: string): void {
    this.client.deliver(notification, withOwnToken(notification, text, this.request), this.request.id);
  }

  onQuestion({ id, method, params }: JsonRpcRequest): void {
    if (method === 'roots/list' && !this.roots) {
      const message = 'The client offers no roots';
      this.handle.respond(id, { error: { code: ERROR_CODE.METHOD_NOT_FOUND, message } });
      return;
    }
    const asked = this.client.questions.ask(method, params, this.request.id, ({ result, error }) => {
      this.questions.delete(id);
      this.handle.respond(id, result === undefined ? { error: error! } : { result });
    });
    this.questions.set(id, asked);
  }

  onQuestionWithdrawn(id: JsonRpcId): void {
    const asked = this.questions.get(id);
    if (asked !== undefined) {
      this.questions.delete(id);
      this.client.questions.withdraw(asked);
    }
  }

  onAnswer(answer: JsonRpcResponse, text: string): void {
    if (!this.isOver) {
      this.end();
      const { id } = this.request;
      this.client.deliver({ ...answer, id }, withId(text, id));
    }
  }

  onFailure({ code, message }: CallFailure): void {
    const answer = errorResponse(this.request.id, code, message);
    this.onAnswer(answer, JSON.stringify(answer));
  }

  private end(): void {
    this.isOver = true;
    this.questions.forEach((asked) => this.client.questions.withdraw(asked));
    this.questions.clear();
  }
}
