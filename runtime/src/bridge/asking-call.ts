import {
  ERROR_CODE, type JsonRpcId, type JsonRpcNotification, type JsonRpcRequest, type JsonRpcResponse,
} from '../mcp/json-rpc';
import type { CallFailure, CallHandle, CallListener } from './call';
import { declares, requiredCapability } from './capabilities';
import type { Clock } from './clock';
import { OpenQuestions } from './open-questions';
import {
  addressedTo, errorOutcome, failureOutcome, missingCapability, resultOutcome, type Outcome,
} from './outcome';
import { isQuestionMethod } from './questions';
import { isImplementation, META } from './request-meta';
import { progressTokenOf, withOwnToken, type Round } from './round';
import { httpStatusOf, toModernError, toModernResult, type ResultHints } from './to-modern';
import { askForUrls, requiredUrlElicitations } from './url-elicitation';

/** Only the answers to these may ask (2026-07-28, Multi Round-Trip Requests, Supported Requests). */
const ASKING_METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);

/** Questions that come so soon after each other are asked together: servers often ask several at once. */
const TOGETHER_MS = 20;

export interface AskingCallOptions {
  readonly clock: Clock;
  /** How long the server waits for an answer to what it asks, in ms. */
  readonly answerMs: number;
  /** Whether the server learns of the client's roots. */
  readonly roots: boolean;
  readonly hints: Omit<ResultHints, 'cacheable'>;
  /** Why the call may not be parked now, if there is a reason. */
  readonly refusalToPark: () => Outcome | undefined;
  /** Makes the state that a retry of the call has to present. */
  readonly stateOf: (expiresAt: number) => string;
  /** Nobody can come back to the call. */
  readonly onOver: () => void;
}

/**
 * A call of a client of 2026-07-28 to a server of before, which asks in mid-call. Its questions become the result
 * `input_required`; then the call is parked: nobody waits for it until the client's retry brings the answers
 * (bridge.md, "A question in mid-call").
 */
export class AskingCall implements CallListener {
  /** Counts what has been asked of the client: each state is good for one retry. */
  round = 1;
  /** The request that waits for the answer now; none while the call is parked, or a task. */
  private current: Round | undefined;
  /** Of the latest request of the client. */
  private capabilities: object;
  private handle: CallHandle | undefined;
  private readonly questions = new OpenQuestions();
  private outcome: Outcome | undefined;
  private cancelAsking: (() => void) | undefined;
  private cancelExpiry: (() => void) | undefined;
  private isOver = false;
  /** Whether the client has been told to look after the call itself. */
  private isDetached = false;

  constructor(readonly id: string, readonly first: Round, private readonly options: AskingCallOptions) {
    this.current = first;
    this.capabilities = first.capabilities;
  }

  get isParked(): boolean {
    return this.isUnattended && !this.isDetached;
  }

  /** Whether no request of the client waits for the answer now. */
  get isUnattended(): boolean {
    return this.current === undefined && !this.isOver;
  }

  /** How the call ended, once the server has done its part. */
  get result(): Outcome | undefined {
    return this.outcome;
  }

  /** What the client is to answer, or undefined when nothing is asked. */
  get inputRequests(): object | undefined {
    return this.questions.size === 0 ? undefined : this.questions.toInputRequests();
  }

  /** Sends the call on its way, unless its client has gone away before. */
  start(send: (listener: CallListener) => CallHandle): void {
    if (!this.isOver) {
      this.handle = send(this);
    }
  }

  /** The client has come back with answers. The caller has checked that it may. */
  resume(round: Round): void {
    this.cancelExpiry?.();
    this.current = round;
    this.capabilities = round.capabilities;
    this.round++;
    this.answerQuestions(round.request.params?.inputResponses);
    if (this.outcome !== undefined) {
      this.answer(this.outcome);
    } else {
      this.questions.all.forEach((question) => this.askOrGiveUp(question));
    }
  }

  /** Passes the client's answers on. */
  answerQuestions(inputResponses: unknown): void {
    for (const { question, answer } of this.questions.takeAnswers(inputResponses)) {
      this.handle?.respond(question.id, { result: answer });
    }
    this.watchTaskQuestions();
  }

  /**
   * Answers the client before the server has answered. From now on it asks after the call.
   *
   * @param round the request that it answers
   * @returns false when that has been answered, or the call is about to be parked
   */
  detach(round: Round, outcome: Outcome): boolean {
    if (this.current !== round || this.cancelAsking !== undefined) {
      return false;
    }
    this.current = undefined;
    this.isDetached = true;
    round.answer(addressedTo(round.request, outcome));
    return true;
  }

  /** The client of this round has gone away, which cancels a call that it waits for. */
  disconnected(round: Round): void {
    if (this.current === round) {
      this.cancel('The client has gone away');
    }
  }

  /** Ends the call without an answer to anybody. */
  cancel(reason: string): void {
    if (!this.isOver) {
      this.handle?.cancel(reason);
      this.end();
    }
  }

  /** Ends the call with this answer, whatever the server does. */
  giveUp(outcome: Outcome, reason: string): void {
    if (!this.isOver && this.outcome === undefined) {
      this.handle?.cancel(reason);
      this.finish(outcome);
    }
  }

  onNotification(notification: JsonRpcNotification, text: string): void {
    const request = this.current?.request;
    const isProgress = notification.method === 'notifications/progress';
    if (request === undefined || (isProgress && progressTokenOf(request) === undefined)) {
      return;
    }
    this.current?.notify(withOwnToken(notification, text, request));
  }

  onQuestion(question: JsonRpcRequest): void {
    if (!this.mayBeAsked(question.method)) {
      this.handle?.respond(question.id, {
        error: { code: ERROR_CODE.METHOD_NOT_FOUND, message: `The client does not answer ${question.method} now` },
      });
    } else if (this.questions.isFull) {
      const reason = 'The server asks too many questions at once';
      this.giveUp(errorOutcome(ERROR_CODE.INTERNAL_ERROR, reason), reason);
    } else {
      this.questions.add(question, this.options.clock.now());
      this.askOrGiveUp(question);
      this.watchTaskQuestions();
    }
  }

  onQuestionWithdrawn(id: JsonRpcId): void {
    this.questions.withdraw(id);
    this.watchTaskQuestions();
  }

  onAnswer(answer: JsonRpcResponse, text: string): void {
    if (!this.isOver) {
      this.finish(this.outcomeOf(answer, text));
    }
  }

  onFailure(failure: CallFailure): void {
    this.finish(failureOutcome(failure));
  }

  private outcomeOf(answer: JsonRpcResponse, text: string): Outcome {
    const { method, params } = this.first.request;
    const elicitations = requiredUrlElicitations(answer);
    if (elicitations !== undefined) {
      const mayAsk = !this.isDetached && ASKING_METHODS.has(method);
      return askForUrls(elicitations, this.capabilities, mayAsk);
    }
    if (answer.error !== undefined) {
      const uri = typeof params?.uri === 'string' ? params.uri : undefined;
      const status = httpStatusOf(answer.error.code);
      return { text: toModernError(method, text, answer, uri), status, response: answer };
    }
    const hints = { ...this.options.hints, cacheable: this.current === this.first };
    return { text: toModernResult(method, text, answer, hints), status: 200, response: answer };
  }

  private mayBeAsked(method: string): boolean {
    return ASKING_METHODS.has(this.first.request.method) && isQuestionMethod(method)
      && (method !== 'roots/list' || this.options.roots);
  }

  /** The client is asked soon if somebody waits for it, and only for what that request says it can do. */
  private askOrGiveUp({ method, params }: JsonRpcRequest): void {
    const required = requiredCapability(method, params);
    if (required !== undefined && !declares(this.capabilities, required)) {
      this.giveUp(missingCapability(required), 'The client cannot answer this question');
    } else if (this.current !== undefined) {
      this.cancelAsking ??= this.options.clock.after(TOGETHER_MS, () => {
        this.cancelAsking = undefined;
        this.park();
      });
    }
  }

  /** Answers the client with the questions, and waits for its retry. */
  private park(): void {
    const { clock, answerMs, hints } = this.options;
    // The server does not wait for what a retry has left open until its time was over.
    this.answerForClient(clock.now() - answerMs);
    const round = this.current;
    if (round === undefined || this.questions.size === 0) {
      return;
    }
    const refusal = this.options.refusalToPark();
    if (refusal !== undefined) {
      this.giveUp(refusal, 'The call cannot wait for an answer of its client');
      return;
    }
    const expiresAt = this.questions.oldest + answerMs;
    this.current = undefined;
    this.cancelExpiry = clock.after(expiresAt - clock.now(), () => this.expire());
    round.answer(addressedTo(round.request, resultOutcome({
      resultType: 'input_required',
      inputRequests: this.questions.toInputRequests(),
      requestState: this.options.stateOf(expiresAt),
      ...(isImplementation(hints.serverInfo) && { _meta: { [META.SERVER_INFO]: hints.serverInfo } }),
    })));
  }

  /** Nobody has come back in time. */
  private expire(): void {
    this.answerForClient();
    this.cancel('The client did not answer in time');
  }

  /** Of the questions of a task, each has its own time to be answered. */
  private watchTaskQuestions(): void {
    if (!this.isDetached) {
      return;
    }
    this.cancelExpiry?.();
    this.cancelExpiry = undefined;
    if (this.questions.size > 0) {
      const { clock, answerMs } = this.options;
      this.cancelExpiry = clock.after(Math.max(0, this.questions.oldest + answerMs - clock.now()), () => {
        this.answerForClient(clock.now() - answerMs);
        this.watchTaskQuestions();
      });
    }
  }

  /** The server need not wait for its own time-out. */
  private answerForClient(askedUntil = Infinity): void {
    for (const { id, method } of this.questions.takeAskedUntil(askedUntil)) {
      this.handle?.respond(id, method === 'elicitation/create'
        ? { result: { action: 'cancel' } }
        : { error: { code: ERROR_CODE.INTERNAL_ERROR, message: 'The client did not answer in time' } });
    }
  }

  /** The server has done its part. While the call is parked, its outcome waits for the client. */
  private finish(outcome: Outcome): void {
    if (this.isOver || this.outcome !== undefined) {
      return;
    }
    this.outcome = outcome;
    this.questions.takeAskedUntil(Infinity);
    this.watchTaskQuestions();
    if (this.current !== undefined) {
      this.answer(outcome);
    }
  }

  private answer(outcome: Outcome): void {
    const round = this.current;
    this.end();
    round?.answer(addressedTo(round.request, outcome));
  }

  private end(): void {
    this.isOver = true;
    this.current = undefined;
    this.cancelAsking?.();
    this.cancelExpiry?.();
    this.options.onOver();
  }
}
