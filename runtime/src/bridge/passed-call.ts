import { removeJsonValue, setJsonValue } from '../mcp/json-members';
import {
  ERROR_CODE, type JsonRpcNotification, type JsonRpcRequest, type JsonRpcResponse,
} from '../mcp/json-rpc';
import { ALL_REVISIONS } from '../mcp/versions';
import type { CallFailure, CallHandle, CallListener } from './call';
import { addressedTo, errorOutcome, failureOutcome, resultOutcome, type Outcome } from './outcome';
import { META } from './request-meta';
import { withOwnToken, type Round } from './round';
import { httpStatusOf } from './to-modern';

export interface PassedCallOptions {
  /** Whether the server learns of the client's roots. */
  readonly roots: boolean;
  /** The server does no more for the call. */
  onOver(response: JsonRpcResponse | undefined): void;
}

/** A request of a client of 2026-07-28 to a server of the same revision: only ids change on the way. */
export class PassedCall implements CallListener {
  private handle: CallHandle | undefined;
  private isOver = false;

  constructor(private readonly round: Round, private readonly options: PassedCallOptions) {}

  /** Sends the call on its way, unless its client has gone away before. */
  start(send: (listener: CallListener) => CallHandle): void {
    if (!this.isOver) {
      this.handle = send(this);
    }
  }

  /** Ends the call without an answer to anybody. */
  cancel(reason: string): void {
    this.handle?.cancel(reason);
    this.end(undefined);
  }

  /** Ends the call with this answer, whatever the server does. */
  giveUp(outcome: Outcome, reason: string): void {
    this.handle?.cancel(reason);
    this.answer(outcome, undefined);
  }

  /** Ends a subscription (2026-07-28, Subscriptions, Graceful Closure). */
  endSubscription(): void {
    const result = { resultType: 'complete', _meta: { [META.SUBSCRIPTION_ID]: this.round.request.id } };
    this.giveUp(resultOutcome(result), 'The server is shutting down');
  }

  onNotification(notification: JsonRpcNotification, text: string): void {
    const { request } = this.round;
    const own = withOwnToken(notification, text, request);
    this.round.notify(request.method === 'subscriptions/listen'
      ? setJsonValue(own, ['params', '_meta', META.SUBSCRIPTION_ID], JSON.stringify(request.id)) : own);
  }

  onQuestion(): void {
    // Servers of 2026-07-28 do not ask so: their connection refuses it.
  }

  onQuestionWithdrawn(): void {
    // There are no questions.
  }

  onAnswer(response: JsonRpcResponse, text: string): void {
    const { request } = this.round;
    const status = response.error === undefined ? 200 : httpStatusOf(response.error.code);
    if (!this.options.roots && asksForRoots(response)) {
      this.answer(errorOutcome(ERROR_CODE.INTERNAL_ERROR, 'The server asks for roots, which are not passed on'), response);
    } else if (request.method === 'subscriptions/listen' && response.error === undefined) {
      const own = setJsonValue(text, ['result', '_meta', META.SUBSCRIPTION_ID], JSON.stringify(request.id));
      this.answer({ text: own, status, response }, response);
    } else if (request.method === 'server/discover' && response.error === undefined) {
      // The bridge speaks them all, whatever the server does.
      const own = setJsonValue(text, ['result', 'supportedVersions'], JSON.stringify(ALL_REVISIONS));
      this.answer({ text: own, status, response }, response);
    } else {
      this.answer({ text, status, response }, response);
    }
  }

  onFailure(failure: CallFailure): void {
    this.answer(failureOutcome(failure), undefined);
  }

  private answer(outcome: Outcome, response: JsonRpcResponse | undefined): void {
    if (!this.isOver) {
      this.end(response);
      this.round.answer(addressedTo(this.round.request, outcome));
    }
  }

  private end(response: JsonRpcResponse | undefined): void {
    if (!this.isOver) {
      this.isOver = true;
      this.options.onOver(response);
    }
  }
}

/**
 * The text of a request without the client's roots: neither the capability, nor roots among the answers that it
 * gives, which nobody has asked for then.
 */
export function withoutRoots({ params }: JsonRpcRequest, text: string): string {
  const declared = removeJsonValue(text, ['params', '_meta', META.CLIENT_CAPABILITIES, 'roots']);
  const { inputResponses } = params ?? {};
  if (typeof inputResponses !== 'object' || inputResponses === null) {
    return declared;
  }
  return Object.entries(inputResponses).filter(([, answer]) => isListOfRoots(answer)).reduce(
    (rest, [key]) => removeJsonValue(rest, ['params', 'inputResponses', key]), declared);
}

function asksForRoots({ result }: JsonRpcResponse): boolean {
  return result?.resultType === 'input_required'
    && Object.values(result.inputRequests ?? {}).some((question) =>
      (question as { method?: unknown } | null)?.method === 'roots/list');
}

function isListOfRoots(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'roots' in answer;
}
