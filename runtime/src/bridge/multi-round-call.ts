import { removeJsonValue, setJsonValue } from '../mcp/json-members';
import {
  ERROR_CODE, errorResponse, type JsonRpcId, type JsonRpcNotification, type JsonRpcRequest, type JsonRpcResponse,
} from '../mcp/json-rpc';
import type { CallFailure, CallHandle, CallListener } from './call';
import { declares, requiredCapability } from './capabilities';
import type { Clock } from './clock';
import { isObject, isTooDeep } from './json-object';
import { MOST_QUESTIONS } from './open-questions';
import { withId } from './outcome';
import { isQuestionMethod, isValidAnswer, toLegacyQuestionParams } from './questions';
import { withOwnToken } from './round';
import type { SessionClient } from './session-client';
import { toLegacyError, toLegacyResult } from './to-legacy';

/** How often a server may ask before it is taken for one that never ends. */
const MOST_ROUNDS = 32;

/** A server that gives only a state is asked again after this, in ms. */
const STATE_ONLY_PAUSE_MS = 100;

export interface MultiRoundCallOptions {
  readonly client: SessionClient;
  /** Capabilities that the server was told of. */
  readonly capabilities: object;
  readonly clock: Clock;
  mintElicitationId(): string;
  /** The result of a request, as the server wrote it. */
  learn(method: string, result: unknown): void;
  /** Whether the client was told that the output of this tool is inside an object. */
  isOutputWrapped(tool: unknown): boolean;
  send(request: JsonRpcRequest, text: string, listener: CallListener): CallHandle;
}

/** One of the `inputRequests`. */
interface Question {
  readonly method: string;
  readonly params?: unknown;
}

/**
 * A request of a client with a session to a server of 2026-07-28. What the server requires as input is asked of the
 * client by requests of its own era, on the stream of its call; the answers become the retry.
 */
export class MultiRoundCall implements CallListener {
  private rounds = 0;
  private handle: CallHandle | undefined;
  private readonly openQuestions = new Set<JsonRpcId>();
  private readonly openElicitations = new Set<string>();
  private cancelPause: (() => void) | undefined;
  private isOver = false;

  /**
   * @param request as the client sent it
   * @param text the request in the form of 2026-07-28
   */
  constructor(
    private readonly request: JsonRpcRequest, private readonly text: string,
    private readonly options: MultiRoundCallOptions,
  ) {
    this.send(text);
  }

  cancel(reason: string): void {
    if (!this.isOver) {
      this.end();
      this.handle?.cancel(reason);
    }
  }

  onNotification(notification: JsonRpcNotification, text: string): void {
    const own = withOwnToken(notification, text, this.request);
    this.options.client.deliver(notification, own, this.request.id);
  }

  onQuestion(): void {
    // Servers of 2026-07-28 do not ask so: their connection refuses it.
  }

  onQuestionWithdrawn(): void {
    // There are no questions.
  }

  onAnswer(answer: JsonRpcResponse, text: string): void {
    const { method } = this.request;
    const { resultType = 'complete' } = answer.result ?? {};
    if (answer.error !== undefined) {
      this.answer(answer, toLegacyError(method, text, answer));
    } else if (resultType === 'complete') {
      this.options.learn(method, answer.result);
      const isWrapped = this.options.isOutputWrapped(this.request.params?.name);
      this.answer(answer, toLegacyResult(method, text, answer, isWrapped));
    } else if (resultType === 'input_required') {
      this.onInputRequired(answer.result!);
    } else {
      this.fail('The server answered with a result of a type that clients of this protocol version do not know'
        + (typeof resultType === 'string' ? `: ${resultType}` : ''));
    }
  }

  onFailure({ code, message }: CallFailure): void {
    this.fail(message, code);
  }

  private send(text: string): void {
    this.rounds++;
    this.handle = this.options.send(this.request, text, this);
  }

  private onInputRequired({ inputRequests = {}, requestState }: Record<string, unknown>): void {
    const problem = this.problemOf(inputRequests, requestState);
    if (problem !== undefined) {
      this.fail(problem);
      return;
    }
    const questions = Object.entries(inputRequests as Record<string, Question>);
    if (questions.length === 0) {
      this.cancelPause = this.options.clock.after(STATE_ONLY_PAUSE_MS, () => this.retry({}, requestState));
    } else {
      this.ask(questions, requestState);
    }
  }

  private problemOf(inputRequests: unknown, requestState: unknown): string | undefined {
    if (this.rounds >= MOST_ROUNDS) {
      return `The server still requires input after ${MOST_ROUNDS} rounds`;
    }
    if (!isObject(inputRequests) || isTooDeep(inputRequests) || !isOptionalString(requestState)) {
      return 'The server requires input in a way that the protocol does not know';
    }
    const questions = Object.values(inputRequests);
    if (questions.length > MOST_QUESTIONS) {
      return 'The server asks too many questions at once';
    }
    return questions.length === 0 && requestState === undefined
      ? 'The server requires input and does not say which'
      : questions.map((question) => this.problemOfQuestion(question)).find((problem) => problem !== undefined);
  }

  private problemOfQuestion(question: unknown): string | undefined {
    const { method, params } = isObject(question) ? question : {};
    if (typeof method !== 'string' || !isQuestionMethod(method)) {
      return 'The server asks for something that clients of this protocol version do not know';
    }
    const required = requiredCapability(method, params);
    return required === undefined || declares(this.options.capabilities, required)
      ? undefined
      : `The server asks for ${method}, for which the client has no capability`;
  }

  private ask(questions: [string, Question][], requestState: unknown): void {
    const responses: [string, unknown][] = [];
    for (const [key, question] of questions) {
      const params = toLegacyQuestionParams(question, () => this.mintElicitationId());
      const id = this.options.client.questions.ask(question.method, params, this.request.id, (response) => {
        this.openQuestions.delete(id);
        const answer = answerOf(question.method, response);
        if (answer === undefined) {
          this.failWithoutAnswer(question.method, response);
          return;
        }
        responses.push([key, answer]);
        if (responses.length === questions.length) {
          this.retry(Object.fromEntries(responses), requestState);
        }
      });
      this.openQuestions.add(id);
    }
  }

  private failWithoutAnswer(method: string, { error }: JsonRpcResponse): void {
    if (!this.isOver) {
      this.fail(`The client did not answer ${method}${error === undefined ? '' : `: ${error.message}`}`);
    }
  }

  private retry(inputResponses: object, requestState: unknown): void {
    if (this.isOver) {
      return;
    }
    const answered = setJsonValue(this.text, ['params', 'inputResponses'], JSON.stringify(inputResponses));
    this.send(requestState === undefined
      ? removeJsonValue(answered, ['params', 'requestState'])
      : setJsonValue(answered, ['params', 'requestState'], JSON.stringify(requestState)));
  }

  private mintElicitationId(): string {
    const id = this.options.mintElicitationId();
    this.openElicitations.add(id);
    return id;
  }

  private fail(message: string, code: number = ERROR_CODE.INTERNAL_ERROR): void {
    const answer = errorResponse(this.request.id, code, message);
    this.answer(answer, JSON.stringify(answer));
  }

  private answer(answer: JsonRpcResponse, text: string): void {
    if (this.isOver) {
      return;
    }
    const { client } = this.options;
    for (const elicitationId of this.openElicitations) {
      const complete = {
        jsonrpc: '2.0' as const, method: 'notifications/elicitation/complete', params: { elicitationId },
      };
      client.deliver(complete, JSON.stringify(complete), this.request.id);
    }
    this.end();
    const { id } = this.request;
    client.deliver({ ...answer, id }, withId(text, id));
  }

  private end(): void {
    this.isOver = true;
    this.cancelPause?.();
    this.openQuestions.forEach((id) => this.options.client.questions.withdraw(id));
    this.openQuestions.clear();
  }
}

/** What the server is told: a user who cannot be asked has not agreed. Undefined when there is nothing to tell. */
function answerOf(method: string, { result }: JsonRpcResponse): object | undefined {
  if (isValidAnswer(method, result) && !isTooDeep(result)) {
    return result;
  }
  return method === 'elicitation/create' ? { action: 'cancel' } : undefined;
}

function isOptionalString(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
