import type { JsonRpcError, JsonRpcId, JsonRpcMessage, JsonRpcRequest, JsonRpcResponse } from '../../mcp/json-rpc';
import { LegacyConnection } from '../legacy-connection';
import { SimulatedServer, type Received } from './simulated-server';

/** A request as the server has got it. */
export type ReceivedCall = Received;

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
export class SimulatedLegacyServer extends SimulatedServer<LegacyConnection, ReceivedCall> {
  readonly questions: AskedQuestion[] = [];

  /** @param isImmediate whether all messages arrive at once */
  constructor({ isImmediate = true, mayAskOne = false } = {}) {
    super((ports) => new LegacyConnection(ports, mayAskOne), isImmediate);
  }

  get calls(): ReceivedCall[] {
    return this.all;
  }

  /** The calls that it works on. */
  get open(): ReceivedCall[] {
    return this.calls.filter(({ state }) => state === 'open');
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

  log(data: unknown, level = 'info'): void {
    this.write({ method: 'notifications/message', params: { level, data } });
  }

  protected override onMessage(message: JsonRpcMessage, text: string): void {
    super.onMessage(message, text);
    if (!('method' in message)) {
      this.questions.find(({ id, answers }) => id === message.id && answers.length === 0)?.answers.push(message);
    }
  }

  protected override receive(request: JsonRpcRequest): ReceivedCall {
    return { request, state: 'open' };
  }
}
