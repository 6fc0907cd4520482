import type { ChangeFilter } from '../../bridge/change-filter';
import type { LegacyClient } from '../../bridge/legacy-connection';
import type { JsonRpcNotification } from '../../mcp/json-rpc';
import type { ServerChannel } from '../server-channel';
import { orAborted } from '../timing';
import { ChangeWatchers, subscribe, type ChangeWatcher } from './change-watchers';
import { SharedProcess, type LeaseKind, type SharedProcessOptions } from './shared-process';

/** Who shares the processes of a group, and how they are started. */
export interface GroupKey {
  /** Differs from group to group. */
  readonly id: string;
  /** Whose processes they are. One caller has a group for each set of capabilities that it declares. */
  readonly owner: string;
  /** How a process of a server of before 2026-07-28 is introduced to; undefined for one of 2026-07-28. */
  readonly client: LegacyClient | undefined;
  /** Most processes that the owner may have. */
  readonly maximum: number;
  /**
   * Whether everybody shares the processes. Calls are spread over them then, and never have one for themselves. Else
   * they go to the first that is free, which has the state.
   */
  readonly isShared: boolean;
  /** Whether the server may ask in mid-call, so that each call needs a process for itself. */
  readonly mayAsk: boolean;
  /** Whether a process ends as soon as no call needs it. */
  readonly disposable: boolean;
}

export interface ProcessGroupOptions extends Omit<SharedProcessOptions, 'onChange' | 'mayAskOne'> {
  open(): Promise<ServerChannel>;
  /** A call that was given up after so long may have met a process that hangs, in ms. */
  readonly callMs: number;
  /** Whether the owner may have another process now. Ends one that it does not need, if there is one. */
  mayStart(key: GroupKey): boolean;
  /** A process is free, or gone: whoever waits for one of this owner should look again. */
  onFreed(key: GroupKey): void;
  /** Takes a place in the queue, and gives it back by what it returns. Throws a Refusal when there is none. */
  enqueue(key: GroupKey): () => void;
  /** The group has neither processes nor anybody who waits for one. */
  onEmpty(group: ProcessGroup): void;
}

/** A process that a call may use until it gives it back. */
export interface Lease {
  readonly process: SharedProcess;
  /** Without effect after the first time. */
  readonly release: () => void;
}

/** When the process that tells of changes has ended, another begins after this, in ms; later if that fails. */
const FIRST_RESTART_MS = 1000;
const LAST_RESTART_MS = 30_000;

/** The processes that the same callers share. */
export class ProcessGroup {
  private readonly processes = new Set<SharedProcess>();
  private readonly starting = new Set<Promise<SharedProcess>>();
  private readonly waiting: (() => void)[] = [];
  private readonly watchers = new ChangeWatchers();

  constructor(readonly key: GroupKey, private readonly options: ProcessGroupOptions) {}

  /** How long calls wait before they are given up, in ms. */
  get callMs(): number {
    return this.options.callMs;
  }

  /** The process that nobody has needed for the longest time, if there is one. */
  get idle(): SharedProcess | undefined {
    const idle = this.watchers.size > 0 ? [] : [...this.processes].filter(({ isIdle }) => isIdle);
    return idle.sort((a, b) => a.idleSince - b.idleSince)[0];
  }

  /**
   * Waits for a process.
   *
   * @param preferred is taken if it can be
   * @throws Refusal when there is no room, or the server cannot be started; the signal's reason when it is aborted.
   */
  async lease(kind: LeaseKind, signal: AbortSignal, preferred?: SharedProcess): Promise<Lease> {
    let leave: (() => void) | undefined;
    try {
      for (;;) {
        signal.throwIfAborted();
        const free = this.free(kind, preferred);
        if (free !== undefined) {
          return this.take(free, kind);
        }
        leave ??= this.options.enqueue(this.key);
        await this.anotherChance(kind, signal);
      }
    } finally {
      leave?.();
      this.closeIfEmpty();
    }
  }

  /**
   * Some process of the group. It is started if there is none.
   *
   * @throws as `lease` does
   */
  async some(signal: AbortSignal): Promise<SharedProcess> {
    const running = [...this.processes].find((process) => process.admits('standing'));
    if (running !== undefined) {
      return running;
    }
    const { process, release } = await this.lease('standing', signal);
    release();
    return process;
  }

  /**
   * Tells of changes in all processes of the group, which keeps one for that.
   *
   * @returns what to call when nobody wants to hear any more
   */
  watch(onChange: ChangeWatcher['onChange']): { update(filter: ChangeFilter): Promise<void>; end(): void } {
    const watcher = this.watchers.add(onChange);
    return {
      update: async (filter) => {
        const [former, before] = [watcher.filter, this.watchers.uris];
        watcher.filter = filter;
        try {
          const signal = AbortSignal.timeout(this.options.startMs);
          await this.some(signal);
          await orAborted(Promise.all(
            [...this.processes].map((process) => subscribe(process, before, this.watchers.uris))), signal);
        } catch (error) {
          watcher.filter = former;
          throw error;
        }
      },
      end: () => {
        const before = this.watchers.uris;
        this.watchers.delete(watcher);
        this.processes.forEach((process) => void subscribe(process, before, this.watchers.uris).catch(() => undefined));
        this.processes.forEach((process) => this.endIfUseless(process));
        this.closeIfEmpty();
      },
    };
  }

  /** Resolves when the processes of a group that nobody uses any more are gone, if they are not for others. */
  async disposed(): Promise<void> {
    if (this.key.disposable) {
      await Promise.all([...this.processes].map((process) => process.end()));
    }
  }

  /** Those who wait for a process look again. */
  wake(): void {
    this.waiting.splice(0).forEach((resolve) => resolve());
  }

  /** Processes that are there, begin, or end: these need their memory, too. */
  get size(): number {
    return this.starting.size + this.processes.size;
  }

  private free(kind: LeaseKind, preferred: SharedProcess | undefined): SharedProcess | undefined {
    const candidates = [...this.processes].filter((process) => process.admits(kind));
    if (preferred !== undefined && candidates.includes(preferred)) {
      return preferred;
    }
    const least = this.key.isShared ? candidates.sort((a, b) => a.load - b.load)[0] : candidates[0];
    const wantsAnother = this.key.isShared && least !== undefined && !least.isIdle && this.starting.size === 0;
    if (wantsAnother && this.options.mayStart(this.key)) {
      this.start().catch(() => undefined);
    }
    return least;
  }

  private take(process: SharedProcess, kind: LeaseKind): Lease {
    process.lease(kind);
    let isReleased = false;
    return {
      process,
      release: () => {
        if (!isReleased) {
          isReleased = true;
          process.release(kind);
          this.endIfUseless(process);
          this.options.onFreed(this.key);
        }
      },
    };
  }

  /** Resolves when it is worth looking for a free process again. */
  private async anotherChance(kind: LeaseKind, signal: AbortSignal): Promise<void> {
    const [starting] = this.starting;
    if (starting !== undefined && kind !== 'exclusive') {
      await orAborted(starting, signal);
    } else if (this.options.mayStart(this.key)) {
      await orAborted(this.start(), signal);
    } else {
      await this.turn(signal);
    }
  }

  /** Waits until a process is free, or one that did not take its input does again. */
  private async turn(signal: AbortSignal): Promise<void> {
    let resolve: () => void = () => undefined;
    const woken = new Promise<void>((done) => {
      resolve = done;
    });
    this.waiting.push(resolve);
    try {
      const writable = [...this.processes].filter((process) => !process.isWritable)
        .map(({ channel }) => channel.isWritableWithin(this.options.startMs).then(() => undefined));
      await orAborted(Promise.race([woken, ...writable]), signal);
    } finally {
      const index = this.waiting.indexOf(resolve);
      if (index >= 0) {
        this.waiting.splice(index, 1);
      }
    }
  }

  private async start(): Promise<SharedProcess> {
    const starting = this.open();
    this.starting.add(starting);
    try {
      const process = await starting;
      this.processes.add(process);
      void process.channel.closed.then(() => this.onGone(process));
      subscribe(process, [], this.watchers.uris).catch(() => undefined);
      // Who waited for it may have gone away meanwhile.
      setImmediate(() => this.endIfUseless(process));
      return process;
    } finally {
      this.starting.delete(starting);
      this.options.onFreed(this.key);
    }
  }

  private async open(): Promise<SharedProcess> {
    const channel = await this.options.open();
    const options = {
      ...this.options,
      mayAskOne: !this.key.isShared,
      onChange: (notification: JsonRpcNotification, text: string) => this.watchers.tell(notification, text),
    };
    return this.key.client === undefined
      ? SharedProcess.modern(channel, options) : SharedProcess.legacy(channel, this.key.client, options);
  }

  private onGone(process: SharedProcess): void {
    this.processes.delete(process);
    this.options.onFreed(this.key);
    this.closeIfEmpty();
    this.keepOne(FIRST_RESTART_MS);
  }

  /** Whoever wants to hear of changes needs a process that tells of them. */
  private keepOne(delayMs: number): void {
    if (!this.watchers.wantChanges) {
      return;
    }
    setTimeout(() => {
      if (this.watchers.size > 0 && this.size === 0) {
        this.some(AbortSignal.timeout(this.options.startMs))
          .catch(() => this.keepOne(Math.min(2 * delayMs, LAST_RESTART_MS)));
      }
    }, delayMs).unref();
  }

  private endIfUseless(process: SharedProcess): void {
    const isUnused = process.isIdle && this.watchers.size === 0 && this.waiting.length === 0;
    if (process.isRetired || (this.key.disposable && isUnused)) {
      void process.end();
    }
  }

  private closeIfEmpty(): void {
    if (this.processes.size + this.starting.size + this.waiting.length + this.watchers.size === 0) {
      this.options.onEmpty(this);
    }
  }
}
