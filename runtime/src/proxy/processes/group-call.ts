import type { CallFailure, CallHandle, CallListener } from '../../bridge/call';
import { LegacyConnection } from '../../bridge/legacy-connection';
import { endingWith } from '../../bridge/listeners';
import type { LogLevel } from '../../bridge/request-meta';
import { ERROR_CODE, type JsonRpcRequest } from '../../mcp/json-rpc';
import { Refusal } from '../refusal';
import type { Lease, ProcessGroup } from './process-group';
import type { LeaseKind, SharedProcess } from './shared-process';

/** How long a process that may hang has for the answer that shows that it does not, in ms. */
const CHECK_MS = 5000;

export interface GroupCallOptions {
  readonly group: ProcessGroup;
  readonly request: JsonRpcRequest;
  /** In the form of the server's revision. */
  readonly text: string;
  /** The listener hears of log messages from this level on; undefined means of none. */
  readonly logLevel?: LogLevel | undefined;
  /** Has given the call something that only it may know more of. */
  readonly preferred?: SharedProcess | undefined;
  /** The process that has got the call. */
  readonly onSent?: (process: SharedProcess) => void;
}

/**
 * Sends a call to a process of a group as soon as there is one. The process is the call's until the server has
 * answered, or nobody wants the answer any more.
 */
export function callInGroup(options: GroupCallOptions, listener: CallListener): CallHandle {
  const call = new GroupCall(options, listener);
  void call.send();
  return call;
}

class GroupCall implements CallHandle {
  private readonly gone = new AbortController();
  private lease: Lease | undefined;
  private handle: CallHandle | undefined;
  private sentAt = 0;

  constructor(private readonly options: GroupCallOptions, private readonly listener: CallListener) {}

  async send(): Promise<void> {
    const { group, request, preferred, onSent } = this.options;
    try {
      this.lease = await group.lease(this.kind(), this.gone.signal, preferred);
      await this.prepare(this.lease.process);
    } catch (error) {
      this.end();
      if (!this.gone.signal.aborted) {
        this.listener.onFailure(failureOf(error));
      }
      return;
    }
    if (this.gone.signal.aborted) {
      this.end();
      return;
    }
    onSent?.(this.lease.process);
    this.sentAt = performance.now();
    this.handle = this.sendTo(this.lease.process, request);
  }

  cancel(reason: string): void {
    this.gone.abort();
    this.handle?.cancel(reason);
    this.end();
    this.suspectHang();
  }

  /** Others who share a process that hangs would wait for their time-outs as well, one after another. */
  private suspectHang(): void {
    const { group } = this.options;
    if (this.handle !== undefined && performance.now() - this.sentAt >= group.callMs) {
      void this.lease?.process.endIfHung(CHECK_MS);
    }
  }

  respond(...args: Parameters<CallHandle['respond']>): void {
    this.handle?.respond(...args);
  }

  private kind(): LeaseKind {
    const { group: { key }, request, logLevel } = this.options;
    if (request.method === 'subscriptions/listen') {
      return 'standing';
    }
    return !key.isShared && (key.mayAsk || logLevel !== undefined) ? 'exclusive' : 'together';
  }

  private async prepare({ connection, introduction }: SharedProcess): Promise<void> {
    const { logLevel, group } = this.options;
    const capabilities = (introduction?.capabilities ?? {}) as { logging?: unknown };
    const canLog = connection instanceof LegacyConnection && capabilities.logging !== undefined;
    if (logLevel !== undefined && canLog && !group.key.isShared) {
      await connection.setLogLevel(logLevel);
    }
  }

  private sendTo({ connection }: SharedProcess, request: JsonRpcRequest): CallHandle {
    const { text, logLevel } = this.options;
    const releasing = endingWith(this.listener, () => this.end());
    return connection instanceof LegacyConnection && this.kind() === 'exclusive'
      ? connection.callExclusively(request, text, releasing, logLevel)
      : connection.call(request, text, releasing);
  }

  private end(): void {
    this.lease?.release();
  }
}

/** What a client is told when there was no process for its call. */
function failureOf(error: unknown): CallFailure {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof Refusal
    ? { type: 'unavailable', code: error.code, message, status: error.status }
    : { type: 'unavailable', code: ERROR_CODE.INTERNAL_ERROR, message };
}
