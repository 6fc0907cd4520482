import type { JsonRpcId, JsonRpcMessage, JsonRpcResponse } from '../mcp/json-rpc';

/**
 * Writes to a client of before 2026-07-28.
 *
 * @param related id of the client's request on whose stream the message belongs
 */
export type Deliver = (message: JsonRpcMessage, text: string, related?: JsonRpcId) => void;

/** A client with a session, as what serves it sees it. */
export interface SessionClient {
  readonly deliver: Deliver;
  readonly questions: ClientQuestions;
}

interface Asked {
  readonly related: JsonRpcId;
  onAnswer(response: JsonRpcResponse): void;
}

/** What a client with a session has been asked and has not answered. Ids of different servers never meet here. */
export class ClientQuestions {
  private asked = 0;
  private readonly open = new Map<JsonRpcId, Asked>();

  constructor(private readonly deliver: Deliver) {}

  get size(): number {
    return this.open.size;
  }

  /** @returns the question's id */
  ask(method: string, params: object | undefined, related: JsonRpcId, onAnswer: Asked['onAnswer']): JsonRpcId {
    const id = `question-${++this.asked}`;
    this.open.set(id, { related, onAnswer });
    const question = { jsonrpc: '2.0' as const, id, method, params: params as Record<string, unknown> | undefined };
    this.deliver(question, JSON.stringify(question), related);
    return id;
  }

  /** @returns whether it answers a question that is open */
  answer(response: JsonRpcResponse): boolean {
    const asked = this.open.get(response.id!);
    this.open.delete(response.id!);
    asked?.onAnswer(response);
    return asked !== undefined;
  }

  /** Nobody needs the answer any more. */
  withdraw(id: JsonRpcId): void {
    const asked = this.open.get(id);
    if (this.open.delete(id)) {
      const cancelled = { jsonrpc: '2.0' as const, method: 'notifications/cancelled', params: { requestId: id } };
      this.deliver(cancelled, JSON.stringify(cancelled), asked!.related);
    }
  }
}
