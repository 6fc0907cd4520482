import type { Dispatcher } from 'undici';
import { HEADER } from '../../mcp/headers';
import { isResponse, parseMessage, type JsonRpcId, type JsonRpcResponse } from '../../mcp/json-rpc';
import { answerBody, type AnswerBody } from './answer-body';
import type { AnswerReceiver, UpstreamRequest, UpstreamServer } from './upstream-server';

/** A server's answer to a request of the gateway's own. */
export interface ServerAnswer {
  readonly status: number;
  readonly sessionId?: string;
  /** The response to the request; absent when there was none to wait for. */
  readonly response?: JsonRpcResponse;
}

export interface AskOptions {
  /** Id of the request that the body holds; absent when it holds none. */
  readonly id?: JsonRpcId;
  readonly timeoutMs: number;
}

/**
 * Sends a request to a server and waits for the answer, JSON or event stream.
 *
 * @throws Error when the server cannot be reached, takes too long or answers nonsense.
 */
export function ask(
  server: UpstreamServer, endpoint: string, request: UpstreamRequest, options: AskOptions,
): Promise<ServerAnswer> {
  return new Promise((resolve, reject) => {
    server.send(endpoint, request, new Ask(options, resolve, reject));
  });
}

class Ask implements AnswerReceiver {
  private controller?: Dispatcher.DispatchController;
  private status = 0;
  private sessionId?: string;
  private response?: JsonRpcResponse;
  private body?: AnswerBody;
  private timedOut = false;
  private readonly deadline: NodeJS.Timeout;

  constructor(
    private readonly options: AskOptions,
    private readonly resolve: (answer: ServerAnswer) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.deadline = setTimeout(() => {
      this.timedOut = true;
      this.abort(new Error(`no answer within ${options.timeoutMs / 1000} s`));
    }, options.timeoutMs);
  }

  start(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.timedOut) {
      controller.abort(new Error('nobody waits for the answer any more'));
    }
  }

  head(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    this.status = status;
    this.sessionId = singleValue(headers[HEADER.SESSION_ID]);
    const contentType = singleValue(headers['content-type']);
    this.body = status < 400
      ? answerBody(contentType, { rewrite: (message) => this.take(message), observe: () => undefined })
      // A refusal may be of any type; where it is JSON-RPC, it says why.
      : answerBody(contentType, { observe: (message) => this.takeRefusal(message.toString()) });
  }

  data(chunk: Buffer): void {
    this.attempt(() => this.body!.push(chunk));
  }

  end(): void {
    this.attempt(() => this.body!.end());
    clearTimeout(this.deadline);
    if (this.status < 400 && this.options.id !== undefined && this.response === undefined) {
      return this.reject(new Error('it ended without a response'));
    }
    this.resolve({ status: this.status, sessionId: this.sessionId, response: this.response });
  }

  failed(error: Error): void {
    clearTimeout(this.deadline);
    this.reject(error);
  }

  private take(text: string): string {
    const message = parseMessage(text);
    if (isResponse(message) && message.id === this.options.id) {
      this.response = message;
    }
    return text;
  }

  private takeRefusal(text: string): void {
    try {
      const message = parseMessage(text);
      if (isResponse(message)) {
        this.response = message;
      }
    } catch {
      // The status alone has to do.
    }
  }

  private attempt(step: () => unknown): void {
    try {
      step();
    } catch (error) {
      this.abort(error as Error);
    }
  }

  private abort(error: Error): void {
    this.controller?.abort(error);
    this.failed(error);
  }
}

function singleValue(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
