import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProxyConfig } from '../../../../lib/contract/proxy-config';
import { principalKey, type Principal } from '../../auth/principal';
import type { RequestMeta } from '../../bridge/request-meta';
import { accepts, SSE_TYPE } from '../../mcp/headers';
import { ERROR_CODE, isRequest, type JsonRpcMessage, type JsonRpcRequest, type JsonRpcResponse } from '../../mcp/json-rpc';
import type { ServerEras } from '../processes/server-eras';
import type { ProxyMetrics } from '../proxy-metrics';
import { Refusal, turnedAway } from '../refusal';
import type { Reply } from '../reply';
import { toMilliseconds } from '../timing';
import type { CallsOfPrincipals } from './calls-of-principals';
import { checkModernRequest, headerMismatch } from './check-request';
import { HttpRound } from './http-round';
import type { ToolHeaders } from './tool-headers';

/** A request of 2026-07-28 that may be served. */
export interface ModernRequest {
  readonly request: JsonRpcRequest;
  readonly text: string;
  readonly meta: RequestMeta;
  readonly principal: Principal | undefined;
  readonly eras: ServerEras;
  readonly round: HttpRound;
  /** How long its client waits, in ms. */
  readonly timeoutMs: number;
}

/** Serves the requests of 2026-07-28 by a server of one era. */
export interface ModernServing {
  /** Ends what lasts, and begins nothing that waits for its client. */
  stop(): void;
  serve(request: ModernRequest): Promise<void> | void;
}

export interface ModernRequestsOptions {
  readonly limits: ProxyConfig['limits'];
  readonly metrics: ProxyMetrics;
  readonly calls: CallsOfPrincipals;
  readonly toolHeaders: ToolHeaders;
  /** What the server speaks. Throws a Refusal when it cannot serve. */
  readonly eras: () => Promise<ServerEras>;
  readonly byModernServer: ModernServing;
  readonly byLegacyServer: ModernServing;
}

/** A POST of a client of 2026-07-28. */
export interface ModernPost {
  readonly message: JsonRpcMessage;
  readonly text: string;
  readonly principal: Principal | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly reply: Reply;
}

/** The requests of clients of 2026-07-28, each of which stands for itself. */
export class ModernRequests {
  private isDraining = false;

  constructor(private readonly options: ModernRequestsOptions) {}

  /** From now on only what has begun is gone on with: retries of parked calls, and tasks. */
  drain(): void {
    this.isDraining = true;
    this.options.byModernServer.stop();
    this.options.byLegacyServer.stop();
  }

  /** @throws Refusal when the request cannot be served; nothing has been sent to the server then. */
  async post(post: ModernPost): Promise<void> {
    if (isRequest(post.message)) {
      await this.serve(post, post.message);
    } else if ('method' in post.message) {
      // There are none that mean anything here; a disconnect is what cancels a request.
      post.response.writeHead(202, { 'content-length': 0 }).end();
    } else {
      throw new Refusal(400, ERROR_CODE.INVALID_REQUEST, 'Clients send no responses in this protocol version');
    }
  }

  private async serve({ text, principal, request: http, reply }: ModernPost, request: JsonRpcRequest): Promise<void> {
    const { limits, metrics, toolHeaders, calls } = this.options;
    const meta = checkModernRequest(request, http.headersDistinct);
    this.checkServable(request, http);
    const eras = await this.options.eras();
    const mismatch = toolHeaders.check(request, http.headersDistinct);
    if (mismatch !== undefined) {
      throw headerMismatch(mismatch);
    }
    const key = principal === undefined ? '' : principalKey(principal);
    const onOver = calls.begin(key);
    const round = new HttpRound({
      request, reply, metrics, onOver, principal: key, capabilities: meta.clientCapabilities,
      onAnswer: ({ result }) => this.learn(request, result),
    });
    const serving = eras.modern === undefined ? this.options.byLegacyServer : this.options.byModernServer;
    await serving.serve({
      request, text, meta, principal, eras, round, timeoutMs: toMilliseconds(limits.callSeconds),
    });
  }

  private checkServable({ method, params }: JsonRpcRequest, { headers }: IncomingMessage): void {
    const goesOn = params?.requestState !== undefined || method.startsWith('tasks/');
    if (this.isDraining && !goesOn) {
      throw turnedAway(503, 'The server is shutting down');
    }
    if (method === 'subscriptions/listen' && !accepts(headers.accept, SSE_TYPE)) {
      throw new Refusal(406, ERROR_CODE.TRANSPORT_ERROR, `Not acceptable: this is a stream of ${SSE_TYPE}`);
    }
  }

  private learn({ method }: JsonRpcRequest, result: JsonRpcResponse['result']): void {
    if (method === 'tools/list') {
      this.options.toolHeaders.learn(result?.tools);
    }
  }
}
