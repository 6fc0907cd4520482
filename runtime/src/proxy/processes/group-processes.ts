import type { CallHandle, CallListener } from '../../bridge/call';
import { checkMayWatch, listsThatChange, type ChangeFilter } from '../../bridge/change-filter';
import type { LogLevel } from '../../bridge/request-meta';
import type { SessionClient } from '../../bridge/session-client';
import type { SharedProcesses } from '../../bridge/session-on-legacy';
import type { JsonRpcRequest } from '../../mcp/json-rpc';
import { callInGroup } from './group-call';
import type { ProcessGroup } from './process-group';

/** What a session sees of the processes of a server of before 2026-07-28 that it shares. */
export class GroupProcesses implements SharedProcesses {
  private readonly watch: ReturnType<ProcessGroup['watch']>;
  private client: SessionClient | undefined;
  private filter: ChangeFilter = {};

  /** From now on the group has a process for as long as the session lasts. */
  constructor(private readonly group: ProcessGroup, private readonly startMs: number) {
    this.watch = group.watch((notification, text) => this.client?.deliver(notification, text));
  }

  /** Says who is to be told of changes. */
  serve(client: SessionClient): void {
    this.client = client;
  }

  async introduce(): Promise<Record<string, unknown>> {
    const { introduction = {} } = await this.group.some(AbortSignal.timeout(this.startMs));
    await this.watch.update(this.filter = listsThatChange((introduction.capabilities ?? {})));
    return introduction;
  }

  call(request: JsonRpcRequest, text: string, listener: CallListener, logLevel: LogLevel | undefined): CallHandle {
    return callInGroup({ group: this.group, request, text, logLevel }, listener);
  }

  async subscribe(uri: string): Promise<void> {
    checkMayWatch(uri, this.filter.resourceSubscriptions?.length ?? 0);
    return this.changeUris((uris) => [...new Set([...uris, uri])]);
  }

  unsubscribe(uri: string): Promise<void> {
    return this.changeUris((uris) => uris.filter((other) => other !== uri));
  }

  end(): void {
    this.watch.end();
  }

  private async changeUris(change: (uris: readonly string[]) => string[]): Promise<void> {
    const before = this.filter;
    this.filter = { ...before, resourceSubscriptions: change(before.resourceSubscriptions ?? []) };
    try {
      await this.watch.update(this.filter);
    } catch (error) {
      this.filter = before;
      throw error;
    }
  }
}
