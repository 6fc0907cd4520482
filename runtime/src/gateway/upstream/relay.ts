import type { Dispatcher } from 'undici';
import { HEADER, SSE_TYPE } from '../../mcp/headers';
import { ERROR_CODE, errorResponse } from '../../mcp/json-rpc';
import { encodeSseEvent } from '../../mcp/sse';
import type { Exchange } from '../exchange';
import { OUTCOME } from '../outcome';
import { Refusal } from '../refusal';
import type { UpstreamSession } from '../session/session-tokens';
import { answerBody, type AnswerBody, type MessageRewrite } from './answer-body';
import { outcomeOf } from './answer-outcome';
import { headersToClient } from './upstream-headers';
import { isUnreachable, type AnswerReceiver, type UpstreamRequest, type UpstreamServer } from './upstream-server';

export interface RelayOptions {
  /** Applied to every message of the answer. Without it the answer passes byte by byte. */
  readonly rewrite?: MessageRewrite;
  /** Makes the client's session id of the server's, when the answer brings one. */
  readonly sealSession?: (session: UpstreamSession) => Promise<string>;
  /** The answer has to be complete after this. */
  readonly deadlineMs: number;
  /** What it means when it is not. Default: a time-out. */
  readonly deadlineOutcome?: string;
}

/**
 * Sends a request to a server and its answer to the client, as it comes and no faster than the client takes it.
 * Whatever goes wrong on the way is answered here, too.
 *
 * @returns false when the server could not be reached and nothing was sent: the request may be sent elsewhere
 */
export function relay(
  exchange: Exchange, server: UpstreamServer, endpoint: string, request: UpstreamRequest, options: RelayOptions,
): Promise<boolean> {
  if (exchange.response.destroyed) {
    exchange.outcome = OUTCOME.DISCONNECTED;
    return Promise.resolve(true);
  }
  return new Promise((resolve) => {
    server.send(endpoint, request, new Relay(exchange, { server: server.name, endpoint }, options, resolve));
  });
}

/** Ends that are not worth a line in the log. */
const NOBODY_S_FAULT: ReadonlySet<string> = new Set([OUTCOME.DISCONNECTED, OUTCOME.EXPIRED]);

/** setTimeout would fire at once for more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

class Relay implements AnswerReceiver {
  private controller?: Dispatcher.DispatchController;
  private status = 0;
  private headers: Record<string, string> = {};
  private body?: AnswerBody;
  /** How the call ended, once its response was seen. */
  private observed?: string;
  private interruptedBy?: string;
  private finished = false;
  private readonly deadline: NodeJS.Timeout;
  private readonly onClose = () => this.interrupt(OUTCOME.DISCONNECTED);

  constructor(
    private readonly exchange: Exchange,
    private readonly upstream: UpstreamSession,
    private readonly options: RelayOptions,
    private readonly resolve: (reached: boolean) => void,
  ) {
    exchange.handOn();
    exchange.response.once('close', this.onClose);
    this.deadline = setTimeout(
      () => this.interrupt(options.deadlineOutcome ?? OUTCOME.TIMEOUT), Math.min(options.deadlineMs, LONGEST_TIMER_MS));
  }

  start(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.finished) {
      controller.abort(new Error('nobody waits for the answer any more'));
    }
  }

  head(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    if (status === 401 || status === 403) {
      // It is the gateway that is refused. Passed on, it would send the client for another token.
      return this.interrupt(OUTCOME.UNAVAILABLE, `it answered ${status}`);
    }
    this.status = status;
    this.headers = headersToClient(headers);
    const { rewrite, sealSession } = this.options;
    this.body = answerBody(this.headers['content-type'], {
      rewrite, observe: (message) => this.observed ??= outcomeOf(message),
    });
    if (rewrite === undefined && typeof headers['content-length'] === 'string') {
      this.headers['content-length'] = headers['content-length'];
    }
    const upstreamId = headers[HEADER.SESSION_ID];
    if (sealSession !== undefined && typeof upstreamId === 'string') {
      return this.sendHeadWhenSealed(sealSession({ ...this.upstream, id: upstreamId }));
    }
    this.sendHeadOfStream();
  }

  data(chunk: Buffer): void {
    const part = this.attempt(() => this.body!.push(chunk));
    if (part === undefined || part.length === 0) {
      return;
    }
    this.sendHead();
    if (!this.exchange.write(part)) {
      this.controller!.pause();
      this.exchange.response.once('drain', () => this.controller!.resume());
    }
  }

  end(): void {
    const tail = this.attempt(() => this.body!.end());
    if (tail === undefined) {
      return;
    }
    this.finish();
    this.exchange.outcome = this.status >= 400 ? outcomeOfStatus(this.status) : this.observed ?? OUTCOME.OK;
    this.sendHead(this.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(tail)) });
    this.exchange.end(tail);
    this.resolve(true);
  }

  failed(error: Error): void {
    if (this.finished) {
      return;
    }
    this.finish();
    if (this.interruptedBy === undefined && isUnreachable(error)) {
      return this.resolve(false);
    }
    const { exchange } = this;
    exchange.outcome = this.interruptedBy ?? OUTCOME.UNAVAILABLE;
    if (!NOBODY_S_FAULT.has(exchange.outcome)) {
      exchange.problem = error.message;
    }
    if (exchange.outcome !== OUTCOME.DISCONNECTED) {
      this.sendFailure(this.refusal(exchange.outcome));
    }
    this.resolve(true);
  }

  private sendHeadWhenSealed(sealed: Promise<string>): void {
    this.controller!.pause();
    sealed.then((token) => {
      this.headers[HEADER.SESSION_ID] = token;
      this.sendHeadOfStream();
      this.controller!.resume();
    }, (error: unknown) => this.interrupt(OUTCOME.INTERNAL_ERROR, String(error)));
  }

  /** The head of a stream goes out at once: its first message may be long in coming. */
  private sendHeadOfStream(): void {
    if (this.isStream() && !this.finished) {
      this.sendHead();
      this.exchange.response.flushHeaders();
    }
  }

  private sendHead(more: Record<string, string> = {}): void {
    if (!this.exchange.response.headersSent) {
      this.exchange.response.writeHead(this.status, { ...this.headers, ...more });
    }
  }

  private isStream(): boolean {
    return this.headers['content-type']?.startsWith(SSE_TYPE) === true;
  }

  /** What cannot be looked into is not passed on. */
  private attempt<T>(step: () => T): T | undefined {
    if (this.finished) {
      return undefined;
    }
    try {
      return step();
    } catch (error) {
      this.interrupt(OUTCOME.UNAVAILABLE, `its answer is unusable: ${(error as Error).message}`);
      return undefined;
    }
  }

  private interrupt(outcome: string, problem = outcome): void {
    this.interruptedBy ??= outcome;
    const error = new Error(problem);
    this.controller?.abort(error);
    // The abort reports the failure later, or never when the request still waits for a connection.
    this.failed(error);
  }

  private finish(): void {
    this.finished = true;
    clearTimeout(this.deadline);
    this.exchange.response.off('close', this.onClose);
  }

  private refusal(outcome: string): Refusal {
    if (outcome === OUTCOME.TIMEOUT) {
      const status = this.exchange.messageId === null ? 504 : 200;
      return new Refusal(`Server ${this.upstream.server} took too long`, { status, code: ERROR_CODE.REQUEST_TIMEOUT, outcome });
    }
    return new Refusal(`Server ${this.upstream.server} did not answer as it should`, {
      status: 502, code: ERROR_CODE.TRANSPORT_ERROR, outcome,
    });
  }

  private sendFailure(refusal: Refusal): void {
    const { exchange } = this;
    if (!exchange.response.headersSent) {
      exchange.refuse(refusal);
    } else if (this.isStream() && exchange.messageId !== null && this.observed === undefined) {
      const error = errorResponse(exchange.messageId, refusal.options.code, refusal.message);
      exchange.end(encodeSseEvent(JSON.stringify(error)));
    } else if (this.isStream()) {
      exchange.end('');
    } else {
      exchange.response.destroy();
    }
  }
}

function outcomeOfStatus(status: number): string {
  if (status === 404) {
    return OUTCOME.SESSION_NOT_FOUND;
  }
  return status >= 500 ? OUTCOME.UNAVAILABLE : OUTCOME.INVALID_REQUEST;
}
