import type { JsonRpcError, JsonRpcId, JsonRpcMessage, JsonRpcRequest, JsonRpcResponse } from '../../mcp/json-rpc';
import { LegacyConnection } from '../legacy-connection';
import { Wire } from './wire';

/** A request as the server has got it. */
export interface ReceivedCall {
  readonly request: JsonRpcRequest;
  state: 'open' | 'cancelled' | 'answered';
}

/** A question of the server. */
export interface AskedQuestion {
  readonly id: JsonRpcId;
  readonly call: ReceivedCall | undefined;
  readonly method: string;
  readonly params: Record<string, unknown>;
  isWithdrawn: boolean;
  readonly answers: JsonRpcResponse[];
}

/** Params of a question that goes with each method. */
export const QUESTION_PARAMS = {
  'elicitation/create': { message: 'Who?', requestedSchema: { type: 'object', properties: {} } },
  'sampling/createMessage': { messages: [], maxTokens: 1 },
  'roots/list': {},
} as const;

export type QuestionMethod = keyof typeof QUESTION_PARAMS;

/** A process of a server of before 2026-07-28 that does what a test says. */
export class SimulatedLegacyServer {
  readonly connection: LegacyConnection;
  readonly toServer: Wire;
  readonly toBridge: Wire;
  readonly calls: ReceivedCall[] = [];
  readonly questions: AskedQuestion[] = [];
  /** All that it was sent. */
  readonly received: JsonRpcMessage[] = [];
  /** What was passed to nobody. */
  readonly strays: JsonRpcMessage[] = [];
  readonly changes: string[] = [];
  isDead = false;

  /** @param isImmediate whether all messages arrive at once */
  constructor({ isImmediate = true, mayAskOne = false } = {}) {
    this.connection = new LegacyConnection({
      send: (text) => this.toServer.write(text),
      onChange: (_notification, text) => this.changes.push(text),
      onStray: (message) => this.strays.push(message),
    }, mayAskOne);
    this.toServer = new Wire((message) => this.onMessage(message), isImmediate);
    this.toBridge = new Wire((message, text) => this.connection.onMessage(message, text), isImmediate);
  }

  /** The calls that it works on. */
  get open(): ReceivedCall[] {
    return this.calls.filter(({ state }) => state === 'open');
  }

  /** The last call that it has got. */
  get last(): ReceivedCall {
    const call = this.calls.at(-1);
    if (call === undefined) {
      throw new Error('the server has no call');
    }
    return call;
  }

  write(message: object): void {
    if (!this.isDead) {
      this.toBridge.write(JSON.stringify({ jsonrpc: '2.0', ...message }));
    }
  }

  ask(
    call: ReceivedCall | undefined = this.calls.at(-1), method: QuestionMethod = 'elicitation/create', params: object = {},
    id: JsonRpcId = this.questions.length,
  ): AskedQuestion {
    const question: AskedQuestion = {
      id, call, method, params: { ...QUESTION_PARAMS[method], ...params }, isWithdrawn: false, answers: [],
    };
    this.questions.push(question);
    this.write({ id, method, params: question.params });
    return question;
  }

  withdraw(question: AskedQuestion): void {
    question.isWithdrawn = true;
    this.write({ method: 'notifications/cancelled', params: { requestId: question.id } });
  }

  answer(call: ReceivedCall, result: object = { content: [] }): void {
    call.state = 'answered';
    this.write({ id: call.request.id, result });
  }

  refuse(call: ReceivedCall, error: JsonRpcError): void {
    call.state = 'answered';
    this.write({ id: call.request.id, error });
  }

  progress(call: ReceivedCall, params: object): void {
    const meta = call.request.params?._meta as { progressToken?: unknown } | undefined;
    this.write({
      method: 'notifications/progress', params: { progressToken: meta?.progressToken ?? call.request.id, ...params },
    });
  }

  log(data: unknown, level = 'info'): void {
    this.write({ method: 'notifications/message', params: { level, data } });
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

  private onMessage(message: JsonRpcMessage): void {
    this.received.push(message);
    if (!('method' in message)) {
      this.questions.find(({ id, answers }) => id === message.id && answers.length === 0)?.answers.push(message);
    } else if ('id' in message) {
      this.calls.push({ request: message, state: 'open' });
    } else if (message.method === 'notifications/cancelled') {
      const call = this.calls.find(({ request }) => request.id === message.params?.requestId);
      if (call?.state === 'open') {
        call.state = 'cancelled';
      }
    }
  }
}
