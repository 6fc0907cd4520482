import { ERROR_CODE } from '../../mcp/json-rpc';
import type { Logger } from '../../platform/logger';
import type { Connector } from '../connector';
import { NoRoom, Refusal, turnedAway } from '../refusal';
import { ServerChannel, type ServerChannelOptions } from '../server-channel';
import type { StartObserver } from '../session';

export interface ServerProcessesOptions extends ServerChannelOptions {
  readonly connector: Connector;
  readonly startObserver: StartObserver;
  readonly logger: Logger;
  /** Processes that may be there at once. */
  readonly maximum: number;
  /** How many of them are started ahead. */
  readonly spare: number;
}

/**
 * How soon another process is started in the place of one that was taken, in ms. Not at once: its start would slow down
 * the session for which the other one was there.
 */
const REFILL_MS = 200;

/** A process that begins, is there, or ends. */
interface Process {
  /** Resolves when it is gone. */
  readonly end: () => Promise<void>;
}

/** All processes of the server: those that are starting or stopping need their memory, too. */
export class ServerProcesses {
  private readonly processes = new Set<Process>();
  /** Processes that wait for somebody who needs one. */
  private readonly spares = new Set<ServerChannel>();
  private startingAhead = 0;
  private refilling: NodeJS.Timeout | undefined;
  private isDraining = false;
  /** Ends a process that is not in use. Undefined when there is none. */
  private endIdle: () => Promise<void> | undefined = () => undefined;

  constructor(private readonly options: ServerProcessesOptions) {}

  /** Says how to make room for another process when there is none. */
  makeRoomBy(endIdle: () => Promise<void> | undefined): void {
    this.endIdle = endIdle;
  }

  /**
   * Starts a process.
   *
   * @throws Refusal when there is no room for it, or the server cannot be started.
   */
  async open(): Promise<ServerChannel> {
    const [spare] = this.spares;
    if (spare !== undefined && !this.isDraining) {
      this.spares.delete(spare);
      this.refillSoon();
      return spare;
    }
    const channel = await this.start();
    this.refillSoon();
    return channel;
  }

  /**
   * Starts a process to find out what the server is: never one of those that were started ahead.
   *
   * @throws NoRoom when there is none, any other Error when the server cannot be started.
   */
  async openForProbe(): Promise<ServerChannel> {
    if (this.isDraining) {
      throw shuttingDown();
    }
    const { maximum } = this.options;
    if (this.processes.size >= maximum) {
      await this.endIdle();
    }
    if (this.processes.size >= maximum) {
      throw new NoRoom();
    }
    // Its place is taken at once, whoever else waits for one.
    const opening = ServerChannel.open(this.options.connector, this.options);
    const process: Process = {
      end: async () => {
        await opening.then((channel) => channel.close()).catch(() => undefined);
      },
    };
    this.processes.add(process);
    try {
      const channel = await opening;
      void channel.closed.then(() => this.processes.delete(process));
      return this.unlessDraining(channel);
    } catch (error) {
      this.processes.delete(process);
      throw error;
    }
  }

  /** Starts processes ahead, as far as there is room. */
  startSpares(): void {
    const { maximum, spare, logger } = this.options;
    const missing = Math.min(spare - this.spares.size - this.startingAhead, maximum - this.processes.size);
    for (let started = 0; started < missing && !this.isDraining; started++) {
      this.startingAhead++;
      this.start()
        .then((channel) => this.keep(channel))
        .catch((error: unknown) => logger.warn({ reason: (error as Error).message }, 'cannot start a process ahead'))
        .finally(() => this.startingAhead--);
    }
  }

  /** From now on no process is started. */
  drain(): void {
    this.isDraining = true;
    clearTimeout(this.refilling);
    this.spares.forEach((spare) => void spare.close());
  }

  /** Ends all processes. Resolves when none is left. */
  async end(): Promise<void> {
    this.drain();
    await Promise.all([...this.processes].map(({ end }) => end()));
  }

  private refillSoon(): void {
    if (this.options.spare > 0) {
      this.refilling ??= setTimeout(() => {
        this.refilling = undefined;
        this.startSpares();
      }, REFILL_MS);
    }
  }

  private keep(channel: ServerChannel): void {
    this.spares.add(channel);
    void channel.closed.then(() => this.spares.delete(channel));
  }

  private async start(): Promise<ServerChannel> {
    try {
      return await this.openForProbe();
    } catch (error) {
      throw this.refusalOf(error);
    }
  }

  private unlessDraining(channel: ServerChannel): ServerChannel {
    if (this.isDraining) {
      void channel.close();
      throw shuttingDown();
    }
    return channel;
  }

  private refusalOf(error: unknown): Refusal {
    if (error instanceof Refusal) {
      return error;
    }
    this.options.logger.error({ reason: (error as Error).message }, 'cannot start the server');
    this.options.startObserver.serverFailed();
    return new Refusal(502, ERROR_CODE.INTERNAL_ERROR, 'The server cannot be started');
  }
}

function shuttingDown(): Refusal {
  return turnedAway(503, 'The server is shutting down');
}
