import type { JsonRpcRequest } from '../../mcp/json-rpc';
import type { AskingCall } from '../asking-call';
import { AskingCalls, type AskingCallsOptions } from '../asking-calls';
import type { CallHandle, CallListener } from '../call';
import { endingWith } from '../listeners';
import type { LogLevel } from '../request-meta';
import { toLegacyRequest } from '../to-modern';
import { SimulatedLegacyServer } from './legacy-server';
import { RecordedRound, type RoundOptions } from './recorded-round';
import { SimulatedClock } from './simulated-clock';

export const ANSWER_MS = 60_000;
export const TASK_AFTER_MS = 10_000;
export const TASK_TTL_MS = 600_000;

/** All that a server may ask of a client. */
export const ALL_CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {} };

export interface StartedCall {
  readonly round: RecordedRound;
  readonly call: AskingCall;
  /** The process that works on it. */
  readonly server: SimulatedLegacyServer;
}

/** Clients of 2026-07-28 with processes of a server of before, each of which has one call at a time. */
export class AskingBench {
  readonly clock = new SimulatedClock();
  readonly calls: AskingCalls;
  readonly servers: SimulatedLegacyServer[] = [];
  /** Which call each process works for. */
  private readonly leases = new Map<SimulatedLegacyServer, CallListener>();
  private lastId = 0;

  constructor(private readonly isImmediate = true, options: Partial<AskingCallsOptions> = {}) {
    this.calls = new AskingCalls({
      clock: this.clock, owner: 'pod-1', roots: false, answerMs: ANSWER_MS, taskAfterMs: TASK_AFTER_MS,
      taskTtlMs: TASK_TTL_MS, parkedCalls: 64, parkedCallsPerPrincipal: 8, ...options,
    });
  }

  request(method = 'tools/call', params: Record<string, unknown> = { name: 'tool' }): JsonRpcRequest {
    return { jsonrpc: '2.0', id: ++this.lastId, method, params };
  }

  /** A client sends a request without a state. */
  begin(
    request = this.request(), options: RoundOptions = { capabilities: ALL_CAPABILITIES }, logLevel?: LogLevel,
  ): StartedCall {
    const round = new RecordedRound(request, options);
    const call = this.calls.begin(round, { ttlMs: 5000, cacheScope: 'private' });
    const server = this.freeServer();
    call.start((listener) => this.send(server, request, listener, logLevel));
    return { round, call, server };
  }

  /** A client sends a request with the state of an earlier answer. */
  retry(
    { round: first }: StartedCall, state: unknown, inputResponses?: object, changes: Record<string, unknown> = {},
    options: RoundOptions = first,
  ): RecordedRound {
    const { method, params } = first.request;
    return this.resume(this.request(method, { ...params, inputResponses, requestState: state, ...changes }), options);
  }

  resume(request: JsonRpcRequest, options: RoundOptions): RecordedRound {
    const round = new RecordedRound(request, options);
    this.calls.resume(round);
    return round;
  }

  private freeServer(): SimulatedLegacyServer {
    const free = this.servers.find((server) =>
      !this.leases.has(server) && !server.isDead && !server.connection.isAmbiguous);
    if (free !== undefined) {
      return free;
    }
    const server = new SimulatedLegacyServer({ isImmediate: this.isImmediate });
    this.servers.push(server);
    return server;
  }

  /** Leases the process to the call until the call needs it no more. */
  private send(
    server: SimulatedLegacyServer, request: JsonRpcRequest, listener: CallListener, logLevel: LogLevel | undefined,
  ): CallHandle {
    this.leases.set(server, listener);
    const release = () => {
      if (this.leases.get(server) === listener) {
        this.leases.delete(server);
      }
    };
    const text = toLegacyRequest(JSON.stringify(request), request);
    const handle = server.connection.callExclusively(request, text, endingWith(listener, release), logLevel);
    return {
      cancel: (reason) => {
        handle.cancel(reason);
        release();
      },
      respond: (id, answer) => handle.respond(id, answer),
    };
  }
}
