import type { JsonRpcRequest } from '../mcp/json-rpc';
import { SESSION_REVISIONS } from '../mcp/versions';
import type { SessionServer } from './bridged-session';
import type { CallHandle, CallListener } from './call';
import { RelayedCall } from './relayed-call';
import type { LogLevel } from './request-meta';
import type { SessionClient } from './session-client';

/** The processes of a server of before 2026-07-28 that several sessions share. */
export interface SharedProcesses {
  /**
   * The InitializeResult of a process that was started for clients like this one.
   *
   * @throws Error saying why there is none.
   */
  introduce(): Promise<Record<string, unknown>>;
  call(request: JsonRpcRequest, text: string, listener: CallListener, logLevel: LogLevel | undefined): CallHandle;
  /** @throws Error saying why changes of the resource cannot be told. */
  subscribe(uri: string): Promise<void>;
  unsubscribe(uri: string): Promise<void>;
  end(): void;
}

/** A session of a client of before 2026-07-28 with a process of the same era that others use as well. */
export class SessionOnLegacy implements SessionServer {
  constructor(
    private readonly client: SessionClient, private readonly processes: SharedProcesses,
    private readonly roots: boolean,
  ) {}

  async initialize({ protocolVersion }: Record<string, unknown>): Promise<object> {
    const result = await this.processes.introduce();
    // The process has agreed on its own revision with others: a client gets no newer one than it asked for.
    const isOlder = SESSION_REVISIONS.some((revision) => revision === protocolVersion)
      && String(protocolVersion) < String(result.protocolVersion);
    return isOlder ? { ...result, protocolVersion } : result;
  }

  initialized(): void {
    // The process was told when it was started.
  }

  call(request: JsonRpcRequest, text: string, logLevel: LogLevel | undefined): { cancel(reason: string): void } {
    return new RelayedCall(request, this.client, this.roots, (listener) =>
      this.processes.call(request, text, listener, logLevel));
  }

  subscribe(uri: string): Promise<void> {
    return this.processes.subscribe(uri);
  }

  unsubscribe(uri: string): Promise<void> {
    return this.processes.unsubscribe(uri);
  }

  end(): void {
    this.processes.end();
  }
}
