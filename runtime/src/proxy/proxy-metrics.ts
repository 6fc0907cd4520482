import { METRIC } from '../../../lib/contract/metrics';
import type { FailureType } from '../bridge/call';
import type { JsonRpcRequest, JsonRpcResponse } from '../mcp/json-rpc';
import { BoundedLabel } from '../platform/bounded-label';
import { Metrics } from '../platform/metrics';

type ProcessStateName = 'starting' | 'running' | 'stopping';

/** One process in the gauge of processes. */
export interface ProcessState {
  /** @param state undefined when the process is gone */
  become(state: ProcessStateName | undefined): void;
}

/** What the proxy counts about its one server. */
export class ProxyMetrics {
  private readonly metrics = new Metrics();
  private readonly toolRequests = this.metrics.counter(METRIC.TOOL_REQUESTS);
  private readonly toolErrors = this.metrics.counter(METRIC.TOOL_ERRORS);
  private readonly durations = this.metrics.histogram(METRIC.OPERATION_DURATION);
  private readonly sessions = this.metrics.gauge(METRIC.SESSIONS_ACTIVE);
  private readonly sessionDurations = this.metrics.histogram(METRIC.SESSION_DURATION);
  private readonly processes = this.metrics.gauge(METRIC.SERVER_PROCESSES);
  private readonly tools = new BoundedLabel();
  private readonly methods = new BoundedLabel(50);
  private readonly errorTypes = new BoundedLabel(50);

  constructor(private readonly server: string) {
    this.sessions.set({ server }, 0);
    for (const state of ['starting', 'running', 'stopping'] satisfies ProcessStateName[]) {
      this.processes.set({ server, state }, 0);
    }
  }

  get registry() {
    return this.metrics.registry;
  }

  callReceived(request: JsonRpcRequest): void {
    if (request.method === 'tools/call') {
      this.toolRequests.inc({ server: this.server, tool: this.toolOf(request) });
    }
  }

  /** The server has answered a call. */
  callAnswered(request: JsonRpcRequest, seconds: number, answer: JsonRpcResponse): void {
    this.callEnded(request, seconds);
    if (answer.error !== undefined) {
      this.toolFailed(request, this.errorTypes.of(String(answer.error.code)));
    } else if (answer.result?.isError === true) {
      this.toolFailed(request, 'tool_error');
    } else if (request.method === 'tools/list') {
      this.toolsListed(answer.result?.tools);
    }
  }

  /** A call has ended without an answer of the server. */
  callFailed(request: JsonRpcRequest, seconds: number, failure: FailureType): void {
    this.callEnded(request, seconds);
    this.toolFailed(request, failure);
  }

  /** A call has ended: its client wants no answer any more. */
  callEnded(request: JsonRpcRequest, seconds: number): void {
    this.durations.observe({ server: this.server, mcp_method_name: this.methods.of(request.method) }, seconds);
  }

  /** @returns what to call when the session is over */
  sessionStarted(): () => void {
    const { server } = this;
    this.sessions.inc({ server });
    const observe = this.sessionDurations.startTimer({ server });
    return () => {
      this.sessions.dec({ server });
      observe();
    };
  }

  processStarting(): ProcessState {
    const { server, processes } = this;
    let current: ProcessStateName | undefined;
    const become = (next: ProcessStateName | undefined) => {
      if (current !== undefined) {
        processes.dec({ server, state: current });
      }
      if (next !== undefined) {
        processes.inc({ server, state: next });
      }
      current = next;
    };
    become('starting');
    return { become };
  }

  private toolFailed(request: JsonRpcRequest, errorType: string): void {
    if (request.method === 'tools/call') {
      this.toolErrors.inc({ server: this.server, tool: this.toolOf(request), error_type: errorType });
    }
  }

  /** The series of a known tool start at 0: a rate over a series that appears with its first failure misses it. */
  private toolsListed(tools: unknown): void {
    for (const tool of Array.isArray(tools) ? tools as unknown[] : []) {
      const name = (tool as { name?: unknown } | null)?.name;
      if (typeof name !== 'string') {
        continue;
      }
      const series = { server: this.server, tool: this.tools.of(name) };
      this.toolRequests.inc(series, 0);
      for (const errorType of ['tool_error', 'timeout', 'unavailable']) {
        this.toolErrors.inc({ ...series, error_type: errorType }, 0);
      }
    }
  }

  private toolOf(request: JsonRpcRequest): string {
    const name = request.params?.name;
    return typeof name === 'string' ? this.tools.of(name) : 'other';
  }
}
