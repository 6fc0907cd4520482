import {
  ERROR_CODE, type JsonRpcId, type JsonRpcMessage, type JsonRpcNotification, type JsonRpcRequest, type JsonRpcResponse,
} from '../mcp/json-rpc';
import { SESSION_REVISIONS } from '../mcp/versions';
import type { CallFailure, CallHandle, CallListener } from './call';
import { isChange } from './change-filter';
import { isTooDeep } from './json-object';
import { answerTo, endingWith } from './listeners';
import { isAtLeast, type LogLevel } from './request-meta';
import { ServerCalls } from './server-calls';
import { refusal, type ConnectionPorts, type ServerConnection } from './server-connection';

/** How a client of before 2026-07-28 introduces itself. */
export interface LegacyClient {
  readonly capabilities: object;
  readonly clientInfo: object;
}

/** The server did not accept `initialize`. */
export class InitializeRefused extends Error {
  constructor(readonly answer: JsonRpcResponse) {
    super(`the server refused initialize: ${answer.error?.message}`);
  }
}

const NO_IDS: ReadonlySet<number> = new Set();

const NOBODY_TO_ASK = { error: { code: ERROR_CODE.METHOD_NOT_FOUND, message: 'No client can be asked now' } };
const CALL_IS_OVER = { error: { code: ERROR_CODE.INTERNAL_ERROR, message: 'The call of this question is over' } };

interface ExclusiveCall {
  readonly listener: CallListener;
  readonly minimumLogLevel: LogLevel | undefined;
}

/**
 * A server process of before 2026-07-28. What it asks and logs does not say which call it belongs to, so that only
 * an exclusive call, one that has the process for itself, hears of it. At any other time its questions are refused.
 */
export class LegacyConnection implements ServerConnection {
  private readonly calls: ServerCalls;
  private exclusive: ExclusiveCall | undefined;
  /** Who has been asked each question that nobody has answered. */
  private readonly openQuestions = new Map<JsonRpcId, CallListener>();
  private logLevel: LogLevel | undefined;
  private mayAskForCancelledCall = false;
  /** Whether a call was cancelled that shared the process with others. */
  private hasCancelled = false;

  /** @param mayAskOne whether a call that is the only one in flight hears what the server asks */
  constructor(private readonly ports: ConnectionPorts, private readonly mayAskOne = false) {
    this.calls = new ServerCalls((text) => ports.send(text));
  }

  get size(): number {
    return this.calls.size;
  }

  /**
   * Whether what the server asks next may belong to a call that was cancelled. No exclusive call should come
   * after that.
   */
  get isAmbiguous(): boolean {
    return this.mayAskForCancelledCall;
  }

  /**
   * Begins the conversation.
   *
   * @returns the server's InitializeResult
   * @throws InitializeRefused, or Error when the server is gone.
   */
  async initialize(client: LegacyClient): Promise<Record<string, unknown>> {
    const answer = await this.request('initialize', { protocolVersion: SESSION_REVISIONS[0], ...client });
    if (answer.result === undefined) {
      throw new InitializeRefused(answer);
    }
    this.ports.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
    return answer.result;
  }

  /** Has the server log from this level on. Does nothing when it does already. */
  async setLogLevel(level: LogLevel): Promise<void> {
    if (this.logLevel !== level) {
      this.logLevel = level;
      await this.request('logging/setLevel', { level });
    }
  }

  check(): Promise<unknown> {
    return this.request('ping', {});
  }

  /** Sends a request of the bridge itself. */
  request(method: string, params: object): Promise<JsonRpcResponse> {
    const request = { jsonrpc: '2.0' as const, id: 0, method, params: params as Record<string, unknown> };
    return answerTo(
      (listener) => this.calls.open(request, JSON.stringify(request), listener),
      ({ id }, listener) => this.respond(listener, id, NOBODY_TO_ASK));
  }

  call(request: JsonRpcRequest, text: string, listener: CallListener): CallHandle {
    return this.open(request, text, this.untilItEnds(listener), () => {
      this.hasCancelled = true;
    });
  }

  /**
   * Sends a request that has the process for itself: no other call may be in flight.
   *
   * @param minimumLogLevel the listener hears of log messages from this level on; undefined means of none
   */
  callExclusively(
    request: JsonRpcRequest, text: string, listener: CallListener, minimumLogLevel?: LogLevel,
  ): CallHandle {
    const own = this.untilItEnds(listener);
    this.exclusive = { listener: own, minimumLogLevel };
    return this.open(request, text, own, () => {
      this.mayAskForCancelledCall = true;
    });
  }

  onMessage(message: JsonRpcMessage, text: string): void {
    if (!('method' in message)) {
      if (!this.calls.answer(message, text)) {
        this.ports.onStray(message, 'an answer that nobody waits for');
      }
    } else if ('id' in message) {
      this.onQuestion(message);
    } else {
      this.onNotification(message, text);
    }
  }

  fail(failure: CallFailure): void {
    this.openQuestions.clear();
    this.calls.failAll(failure);
  }

  private open(request: JsonRpcRequest, text: string, listener: CallListener, onCancel: () => void): CallHandle {
    const id = this.calls.open(request, text, listener);
    return {
      cancel: (reason) => {
        if (this.calls.get(id) === listener) {
          this.end(listener);
          this.calls.cancel(id, reason);
          onCancel();
        }
      },
      respond: (questionId, answer) => this.respond(listener, questionId, answer),
    };
  }

  private untilItEnds(listener: CallListener): CallListener {
    const own = endingWith(listener, () => this.end(own));
    return own;
  }

  /** The call is over. A server that waits for the answer to a question of it would wait until its own time-out. */
  private end(call: CallListener): void {
    if (this.exclusive?.listener === call) {
      this.exclusive = undefined;
    }
    for (const [id, asked] of this.openQuestions) {
      if (asked === call) {
        this.respond(call, id, CALL_IS_OVER);
      }
    }
  }

  private onQuestion(question: JsonRpcRequest): void {
    const { id, method, params } = question;
    if (method === 'ping') {
      this.ports.send(JSON.stringify({ jsonrpc: '2.0', id, result: {} }));
    } else if (this.openQuestions.has(id)) {
      // One answer would be taken for that of both.
      this.ports.onStray(question, 'a question with the id of one that is open');
    } else if (isTooDeep(params)) {
      this.ports.send(refusal(id, ERROR_CODE.INVALID_PARAMS, 'The question is nested too deeply'));
      this.ports.onStray(question, 'a question that is nested too deeply');
    } else {
      this.ask(question, this.exclusive?.listener ?? this.onlyListener());
    }
  }

  private ask(question: JsonRpcRequest, call: CallListener | undefined): void {
    if (call === undefined) {
      this.ports.send(JSON.stringify({ jsonrpc: '2.0', id: question.id, ...NOBODY_TO_ASK }));
      this.ports.onStray(question, 'a question that belongs to no call, or to one of several');
    } else {
      this.openQuestions.set(question.id, call);
      call.onQuestion(question);
    }
  }

  /** While there is only one call, and was none that is cancelled, a question can belong to no other. */
  private onlyListener(): CallListener | undefined {
    return this.mayAskOne && !this.hasCancelled ? this.calls.get(this.calls.onlyExcept(NO_IDS)) : undefined;
  }

  private onNotification(notification: JsonRpcNotification, text: string): void {
    const { method, params } = notification;
    if (method === 'notifications/progress') {
      this.route(this.calls.progress(notification, text), notification);
    } else if (method === 'notifications/message') {
      this.route(this.toExclusiveCall(notification, text), notification);
    } else if (method === 'notifications/cancelled') {
      this.onQuestionWithdrawn(params?.requestId as JsonRpcId);
    } else if (isChange(method)) {
      this.ports.onChange(notification, text);
    } else {
      this.route(false, notification);
    }
  }

  private onQuestionWithdrawn(id: JsonRpcId): void {
    const asked = this.openQuestions.get(id);
    this.openQuestions.delete(id);
    asked?.onQuestionWithdrawn(id);
  }

  private toExclusiveCall(notification: JsonRpcNotification, text: string): boolean {
    const minimum = this.exclusive?.minimumLogLevel;
    if (minimum === undefined || !isAtLeast(notification.params?.level, minimum)) {
      return false;
    }
    this.exclusive?.listener.onNotification(notification, text);
    return true;
  }

  private respond(call: CallListener, id: JsonRpcId, answer: { result: object } | { error: object }): void {
    if (this.openQuestions.get(id) === call) {
      this.openQuestions.delete(id);
      this.ports.send(isTooDeep(answer)
        ? refusal(id, ERROR_CODE.INTERNAL_ERROR, 'The answer of the client is nested too deeply')
        : JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
    }
  }

  private route(wasDelivered: boolean, message: JsonRpcMessage): void {
    if (!wasDelivered) {
      this.ports.onStray(message, 'it is not known which call it belongs to');
    }
  }
}
