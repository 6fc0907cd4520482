import { matches, type ChangeFilter } from '../../bridge/change-filter';
import { LegacyConnection } from '../../bridge/legacy-connection';
import type { JsonRpcNotification } from '../../mcp/json-rpc';
import type { SharedProcess } from './shared-process';

/** Somebody who wants to hear of changes. */
export interface ChangeWatcher {
  filter: ChangeFilter;
  readonly onChange: (notification: JsonRpcNotification, text: string) => void;
}

/** Those who want to hear of changes from the processes of one group. */
export class ChangeWatchers {
  private readonly watchers = new Set<ChangeWatcher>();

  get size(): number {
    return this.watchers.size;
  }

  /** Whether anybody wants to hear of anything. */
  get wantChanges(): boolean {
    return [...this.watchers].some(({ filter }) => Object.keys(filter).length > 0);
  }

  /** All resources that somebody wants to hear of. */
  get uris(): string[] {
    return [...new Set([...this.watchers].flatMap(({ filter }) => filter.resourceSubscriptions ?? []))];
  }

  add(onChange: ChangeWatcher['onChange']): ChangeWatcher {
    const watcher: ChangeWatcher = { filter: {}, onChange };
    this.watchers.add(watcher);
    return watcher;
  }

  delete(watcher: ChangeWatcher): void {
    this.watchers.delete(watcher);
  }

  tell(notification: JsonRpcNotification, text: string): void {
    for (const { filter, onChange } of this.watchers) {
      if (matches(filter, notification.method, notification.params)) {
        onChange(notification, text);
      }
    }
  }
}

/**
 * Has a server tell of the resources that are wanted now. Servers of 2026-07-28 are told by each listener itself.
 *
 * @throws Error when the server refuses one.
 */
export async function subscribe(
  { connection }: SharedProcess, before: readonly string[], now: readonly string[],
): Promise<void> {
  if (!(connection instanceof LegacyConnection)) {
    return;
  }
  const [hadBefore, hasNow] = [new Set(before), new Set(now)];
  const added = now.filter((uri) => !hadBefore.has(uri));
  const removed = before.filter((uri) => !hasNow.has(uri));
  const answers = await Promise.all([
    ...added.map((uri) => connection.request('resources/subscribe', { uri })),
    ...removed.map((uri) => connection.request('resources/unsubscribe', { uri })),
  ]);
  const refused = answers.find(({ error }) => error !== undefined);
  if (refused !== undefined) {
    throw new Error(refused.error!.message);
  }
}
