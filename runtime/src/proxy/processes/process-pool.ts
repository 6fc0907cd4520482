import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ProxyConfig } from '../../../../lib/contract/proxy-config';
import { turnedAway } from '../refusal';
import type { StartObserver } from '../session';
import { toMilliseconds } from '../timing';
import { ProcessGroup, type GroupKey } from './process-group';
import type { ServerProcesses } from './server-processes';
import type { SharedProcess } from './shared-process';

/** How many of the ids that processes have given out are remembered. */
const MOST_OWNERS = 10_000;

/** A process that has given out something that clients bring back. */
export interface Owner {
  readonly group: ProcessGroup;
  readonly process: SharedProcess;
}

export interface ProcessPoolOptions {
  readonly limits: ProxyConfig['limits'];
  readonly processes: ServerProcesses;
  readonly startObserver: StartObserver;
}

/** The processes that calls share, by who shares them. */
export class ProcessPool {
  private readonly groups = new Map<string, ProcessGroup>();
  /** Owners of the calls that wait for a process, each as often as it waits. */
  private readonly queued: string[] = [];
  private readonly sweeping: NodeJS.Timeout;
  /**
   * Which process has given out a state or the id of a task. Servers over stdio often keep what belongs to it, or
   * the key to it, in their memory.
   */
  private readonly owners = new LRUCache<string, Owner>({ max: MOST_OWNERS });

  constructor(private readonly options: ProcessPoolOptions) {
    options.processes.makeRoomBy(() => this.endLongestIdle());
    const idleMs = toMilliseconds(options.limits.idleSeconds);
    this.sweeping = setInterval(() => this.endIdleSince(performance.now() - idleMs), Math.max(idleMs / 10, 100));
    this.sweeping.unref();
  }

  group(key: GroupKey): ProcessGroup {
    let group = this.groups.get(key.id);
    if (group === undefined) {
      const { limits, processes, startObserver } = this.options;
      group = new ProcessGroup(key, {
        startObserver,
        messageBytes: limits.messageBytes,
        startMs: toMilliseconds(limits.startSeconds),
        callMs: toMilliseconds(limits.callSeconds),
        open: () => processes.open(),
        mayStart: (own) => this.mayStart(own),
        onFreed: ({ owner }) => this.groupsOf(owner).forEach((each) => each.wake()),
        enqueue: ({ owner }) => this.enqueue(owner),
        onEmpty: (empty) => this.forget(empty),
      });
      this.groups.set(key.id, group);
    }
    return group;
  }

  /** Remembers who knows more of a text that is in a client's hands. */
  remember(text: string, owner: Owner): void {
    this.owners.set(digestOf(text), owner);
  }

  ownerOf(text: unknown): Owner | undefined {
    return typeof text === 'string' ? this.owners.get(digestOf(text)) : undefined;
  }

  stop(): void {
    clearInterval(this.sweeping);
  }

  private groupsOf(owner: string): ProcessGroup[] {
    return [...this.groups.values()].filter(({ key }) => key.owner === owner);
  }

  /** An owner that has all it may have makes room for the process by one that none of its calls needs. */
  private mayStart({ id, owner, maximum }: GroupKey): boolean {
    const own = this.groupsOf(owner);
    if (own.reduce((sum, { size }) => sum + size, 0) < maximum) {
      return true;
    }
    const others = own.filter(({ key }) => key.id !== id);
    const useless = others.map(({ idle }) => idle).find((process) => process !== undefined);
    void useless?.end();
    return useless !== undefined;
  }

  private forget(group: ProcessGroup): void {
    if (this.groups.get(group.key.id) === group) {
      this.groups.delete(group.key.id);
    }
  }

  /** Nobody takes more than half of the queue, so that there is a place for others. */
  private enqueue(owner: string): () => void {
    const { queuedCalls } = this.options.limits;
    if (this.queued.length >= queuedCalls) {
      throw turnedAway(503, 'Too many calls wait for a process of the server');
    }
    if (this.queued.filter((other) => other === owner).length >= Math.ceil(queuedCalls / 2)) {
      throw turnedAway(429, 'Too many of your calls wait for a process of the server');
    }
    this.queued.push(owner);
    return () => {
      this.queued.splice(this.queued.indexOf(owner), 1);
    };
  }

  private endLongestIdle(): Promise<void> | undefined {
    const [longest] = this.idle();
    return longest?.end();
  }

  private endIdleSince(time: number): void {
    for (const process of this.idle()) {
      if (process.idleSince <= time) {
        void process.end();
      }
    }
  }

  /** One process of each group that has one to spare, the longest idle first. */
  private idle(): SharedProcess[] {
    return [...this.groups.values()].map(({ idle }) => idle).filter((process) => process !== undefined)
      .sort((a, b) => a.idleSince - b.idleSince);
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
