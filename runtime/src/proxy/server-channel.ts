import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProxyConfig } from '../../../lib/contract/proxy-config';
import { elementsOf, isArray } from '../mcp/batch';
import { parseJson, parseMessage, toOneLine, type JsonRpcMessage } from '../mcp/json-rpc';
import type { Logger } from '../platform/logger';
import type { Connection, Connector } from './connector';
import { isWorthALine } from './counted-lines';
import { LineReader } from './line-reader';
import type { ProcessState, ProxyMetrics } from './proxy-metrics';

/** How much of a line that is no message the log shows. */
const NOISE_CHARACTERS = 500;

/** What may wait for a server that does not read, in bytes. Clients wait long before; a flood of its own does not. */
const MOST_UNREAD_BYTES = 64 * 1024 * 1024;

/** A server that keeps us busy for longer at a stretch, in ms, lets others have their turn. */
const LONGEST_TURN_MS = 2;

/** How long each polite step of ending a process may take. */
const CLOSE_GRACE_MS = 2000;

export interface ServerChannelOptions {
  readonly limits: Pick<ProxyConfig['limits'], 'messageBytes'>;
  readonly metrics: ProxyMetrics;
  readonly logger: Logger;
}

export interface ServerListener {
  /** @param text the message as the server wrote it */
  onMessage(message: JsonRpcMessage, text: string): void;
  /** The server wrote a message of more than `messageBytes`, which was skipped. */
  onTooLong(): void;
}

/** The messages of one server process, in both directions. */
export class ServerChannel {
  /** Resolves to how the process ended, once it has and all its messages have been handled. */
  readonly closed: Promise<string>;
  /** Names the process on every line. */
  readonly logger: Logger;
  private readonly gone = new AbortController();
  private holds = 0;
  /** Lines that were no messages. */
  private skipped = 0;

  /**
   * Starts a process.
   *
   * @throws Error saying why it cannot be started.
   */
  static async open(connector: Connector, options: ServerChannelOptions): Promise<ServerChannel> {
    const state = options.metrics.processStarting();
    try {
      return new ServerChannel(await connector.open(), state, options);
    } catch (error) {
      state.become(undefined);
      throw error;
    }
  }

  private constructor(
    private readonly connection: Connection, private readonly state: ProcessState,
    private readonly options: ServerChannelOptions,
  ) {
    this.logger = options.logger.child({ process: connection.name });
    // A write that comes too late adds nothing: `closed` tells that the process is gone.
    connection.input.on('error', (error) => this.logger.debug({ err: error }, 'cannot write to the server'));
    this.closed = connection.closed.finally(() => {
      this.state.become(undefined);
      this.gone.abort();
    });
  }

  /** Starts to read what the server writes. */
  listen(listener: ServerListener): void {
    const limit = this.options.limits.messageBytes;
    const reader = new LineReader({
      limit,
      onLine: (line) => this.takeLine(line, listener),
      onTooLong: (beginning) => {
        this.logSkipped(beginning, `longer than ${limit} bytes`);
        listener.onTooLong();
      },
    });
    const { output } = this.connection;
    output.on('data', (chunk: Buffer) => {
      const begun = performance.now();
      reader.push(chunk);
      if (performance.now() - begun > LONGEST_TURN_MS) {
        // Of a stream that is full Node would read on and on before it looks at any other.
        this.holdUntil(nextTurn());
      }
    });
    output.once('end', () => {
      reader.end();
      // A server that has closed its output can answer no more.
      void this.close();
    });
  }

  /** Whether the server takes more input now. */
  get isWritable(): boolean {
    return !this.connection.input.writableNeedDrain;
  }

  /** The server has answered `initialize`. */
  initialized(): void {
    this.state.become('running');
  }

  /**
   * Waits until the server takes more input, which it does at once unless its pipe is full.
   *
   * @returns false when the server has ended, or has read nothing for that long
   */
  async isWritableWithin(timeoutMs: number): Promise<boolean> {
    const { input } = this.connection;
    if (!input.writableNeedDrain) {
      return true;
    }
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      await once(input, 'drain', { signal: AbortSignal.any([this.gone.signal, timeout]) });
      return true;
    } catch {
      if (!timeout.aborted) {
        // The pipe broke, which is the end of the process.
        await this.closed;
      }
      return false;
    }
  }

  /** Sends one message. */
  send(text: string): void {
    const { input } = this.connection;
    if (input.writableLength > MOST_UNREAD_BYTES) {
      this.logger.warn('ending a process that does not read its input');
      void this.close();
    } else if (input.writable) {
      input.write(`${toOneLine(text)}\n`);
    }
  }

  /** Reads nothing more of the server until the promise settles. */
  holdUntil(resumable: Promise<void>): void {
    this.holds++;
    this.connection.output.pause();
    void resumable.finally(() => {
      this.holds--;
      if (this.holds === 0) {
        this.connection.output.resume();
      }
    });
  }

  /** Ends the process. Resolves when it is gone. */
  async close(): Promise<void> {
    if (!this.gone.signal.aborted) {
      this.state.become('stopping');
    }
    await this.connection.close(CLOSE_GRACE_MS);
  }

  private takeLine(line: string, listener: ServerListener): void {
    if (isArray(line)) {
      this.takeBatch(line, listener);
    } else if (line.trimStart().startsWith('{')) {
      this.takeMessage(line, listener);
    } else if (line.trim() !== '') {
      // Servers that print their own log are common: to find that out must cost nothing.
      this.logSkipped(line, 'not JSON');
    }
  }

  /** Servers of 2025-03-26 may write several messages as one. */
  private takeBatch(line: string, listener: ServerListener): void {
    try {
      parseJson(line);
    } catch (error) {
      this.logSkipped(line, (error as Error).message);
      return;
    }
    elementsOf(line).forEach((text) => this.takeMessage(text, listener));
  }

  private takeMessage(text: string, listener: ServerListener): void {
    let message: JsonRpcMessage;
    try {
      message = parseMessage(text);
    } catch (error) {
      this.logSkipped(text, (error as Error).message);
      return;
    }
    try {
      listener.onMessage(message, text);
    } catch (error) {
      // Whatever a server writes, it must not take other sessions with it.
      this.logger.error({ err: error }, 'cannot handle a message of the server');
      void this.close();
    }
  }

  private logSkipped(line: string, reason: string): void {
    this.skipped++;
    if (isWorthALine(this.skipped)) {
      this.logger.warn({ reason, characters: line.length, skipped: this.skipped }, 'skipped a line of the server\'s output');
    }
    if (this.logger.isLevelEnabled('debug')) {
      // What is no message may still be what a tool was to answer.
      this.logger.debug({ line: line.slice(0, NOISE_CHARACTERS) }, 'skipped line');
    }
  }
}
