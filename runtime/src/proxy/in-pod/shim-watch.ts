import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../platform/logger';
import type { ConnectorListener } from '../connector';
import { LineReader } from '../line-reader';
import { connectToShim } from './shim-connection';
import { parseEvent, readAnswer } from './shim-line';

/** How soon the shim is looked for again. It begins with its container, which is after ours. */
const RETRY_MS = 200;

const LONGEST_EVENT_BYTES = 4096;

/** Ends that nobody asks for are of processes whose start has failed here. */
const MOST_ENDS = 1000;

/** What is told of a process of which nobody has said how it ended. */
const UNKNOWN_END = 'the server\'s container has stopped';

type Report = 'ready' | 'not-ready' | 'drained';

/** The one connection over which shim and proxy tell each other what happens. Made anew when it breaks. */
export class ShimWatch {
  private readonly stopped = new AbortController();
  private socket: Socket | undefined;
  /** Names the shim that was last connected to. */
  private instance: string | undefined;
  /** What is to be told again to a shim that has begun anew. */
  private reported: Report | undefined;
  /** Processes whose end is waited for. */
  private readonly waiting = new Map<number, (how: string) => void>();
  /** Ends of processes that nobody has asked for yet: the event may come before the answer to `start` is read. */
  private readonly ends = new Map<number, string>();

  constructor(private readonly path: string, private readonly logger: Logger) {}

  start(listener: ConnectorListener): void {
    void this.keepWatching(listener);
  }

  report(report: Report): void {
    if (this.reported === 'drained') {
      // That is the last word, to a shim that is connected to anew as well.
      return;
    }
    this.tell(report);
  }

  private tell(report: Report): void {
    this.reported = report;
    if (this.socket?.writable === true) {
      this.socket.write(`${report}\n`);
    }
  }

  /** Resolves to how a process of this number has ended, once it has. */
  untilEnded(process: number): Promise<string> {
    const end = this.ends.get(process);
    this.ends.delete(process);
    if (end !== undefined || this.socket === undefined) {
      return Promise.resolve(end ?? UNKNOWN_END);
    }
    return new Promise((resolve) => {
      this.waiting.set(process, resolve);
    });
  }

  stop(): void {
    this.stopped.abort();
    this.socket?.destroy();
  }

  private async keepWatching(listener: ConnectorListener): Promise<void> {
    const { signal } = this.stopped;
    let lastReason: string | undefined;
    while (!signal.aborted) {
      try {
        await this.watch(listener);
        lastReason = undefined;
      } catch (error) {
        const reason = (error as Error).message;
        if (reason !== lastReason) {
          this.logger.info({ reason }, 'waiting for the server\'s container');
          lastReason = reason;
        }
      }
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * Watches for as long as the shim is there.
   *
   * @throws Error when it is not there at all.
   */
  private async watch(listener: ConnectorListener): Promise<void> {
    const { socket, answer } = await connectToShim(this.path, 'watch',
      (opened, signal) => readAnswer(opened, 'instance', signal));
    if (this.stopped.signal.aborted) {
      socket.destroy();
      return;
    }
    this.socket = socket;
    this.logger.info({ shim: answer.shim, instance: answer.instance }, 'the server\'s container is there');
    if (this.reported !== undefined) {
      this.tell(this.reported);
    }
    const gone = new Promise((resolve) => {
      socket.once('close', resolve);
    });
    socket.once('end', () => socket.end());
    this.read(socket, listener);
    const isAnew = answer.instance !== this.instance;
    this.instance = answer.instance;
    listener.onAvailable(isAnew);
    await gone;
    this.lose(listener);
  }

  private read(socket: Socket, listener: ConnectorListener): void {
    const reader = new LineReader({
      limit: LONGEST_EVENT_BYTES,
      onLine: (line) => this.onEvent(line, listener),
      onTooLong: () => this.logger.warn('skipped an event of the shim that is too long'),
    });
    socket.on('data', (chunk) => reader.push(chunk));
  }

  private onEvent(line: string, listener: ConnectorListener): void {
    try {
      const { ended, how, reason, draining } = parseEvent(line);
      if (ended !== undefined) {
        this.onEnded(ended, reason === undefined ? how : `${how}, ended by the shim: ${reason}`);
      }
      if (draining === true) {
        listener.onDraining();
      }
    } catch {
      this.logger.warn('skipped a line of the shim that is no event');
    }
  }

  private onEnded(process: number, how: string): void {
    const resolve = this.waiting.get(process);
    if (resolve === undefined) {
      this.ends.set(process, how);
      if (this.ends.size > MOST_ENDS) {
        const [oldest] = this.ends.keys();
        this.ends.delete(oldest!);
      }
    } else {
      this.waiting.delete(process);
      resolve(how);
    }
  }

  private lose(listener: ConnectorListener): void {
    this.socket = undefined;
    this.ends.clear();
    for (const resolve of this.waiting.values()) {
      resolve(UNKNOWN_END);
    }
    this.waiting.clear();
    if (!this.stopped.signal.aborted) {
      listener.onUnavailable(UNKNOWN_END);
    }
  }
}
