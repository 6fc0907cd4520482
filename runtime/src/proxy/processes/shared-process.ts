import { ERROR_CODE } from '../../mcp/json-rpc';
import { LegacyConnection, type LegacyClient } from '../../bridge/legacy-connection';
import { isTooDeep } from '../../bridge/json-object';
import { ModernConnection } from '../../bridge/modern-connection';
import type { ConnectionPorts, ServerConnection } from '../../bridge/server-connection';
import { Refusal } from '../refusal';
import type { ServerChannel } from '../server-channel';
import type { StartObserver } from '../session';
import { unavailable } from '../failure';
import { settlesWithin } from '../timing';

export interface SharedProcessOptions {
  readonly onChange: ConnectionPorts['onChange'];
  /** Longest message that the server may write. */
  readonly messageBytes: number;
  readonly startObserver: StartObserver;
  readonly startMs: number;
  /** Whether a call that has the process for itself, by chance or by wish, hears what the server asks and logs. */
  readonly mayAskOne: boolean;
}

/**
 * How a call uses a process: together with others; `exclusive`, as the only call; or `standing`, which is no work for
 * the process but needs it to be there, such as a subscription.
 */
export type LeaseKind = 'together' | 'exclusive' | 'standing';

/** A process of the server that calls take on lease. */
export class SharedProcess {
  private readonly leases: Record<LeaseKind, number> = { together: 0, exclusive: 0, standing: 0 };
  private hasEnded = false;
  /** On the clock of `performance.now()`. */
  idleSince = performance.now();

  private constructor(
    readonly channel: ServerChannel, readonly connection: ServerConnection,
    /** InitializeResult of a server of before 2026-07-28. */
    readonly introduction: Record<string, unknown> | undefined,
    private readonly startObserver: StartObserver,
  ) {
    void channel.closed.then(() => {
      this.hasEnded = true;
    });
  }

  /** Prepares a process of a server of 2026-07-28, which needs no introduction. */
  static modern(channel: ServerChannel, options: SharedProcessOptions): SharedProcess {
    const connection = new ModernConnection(portsOf(channel, options), options.mayAskOne);
    listenTo(channel, connection, options);
    channel.initialized();
    return new SharedProcess(channel, connection, undefined, options.startObserver);
  }

  /**
   * Introduces a client to a process of a server of before.
   *
   * @throws Refusal when the server does not accept it, or takes too long.
   */
  static async legacy(
    channel: ServerChannel, client: LegacyClient, options: SharedProcessOptions,
  ): Promise<SharedProcess> {
    const connection = new LegacyConnection(portsOf(channel, options), options.mayAskOne);
    listenTo(channel, connection, options);
    const introducing = connection.initialize(client);
    if (!await settlesWithin(introducing, options.startMs)) {
      options.startObserver.serverFailed();
      void channel.close();
      throw new Refusal(504, ERROR_CODE.REQUEST_TIMEOUT,
        `The server did not answer initialize within ${options.startMs / 1000} s`);
    }
    try {
      const introduction = await introducing;
      if (isTooDeep(introduction)) {
        throw new Error('its answer to initialize is nested too deeply');
      }
      channel.initialized();
      options.startObserver.serverStarted();
      return new SharedProcess(channel, connection, introduction, options.startObserver);
    } catch (error) {
      options.startObserver.serverFailed();
      void channel.close();
      throw new Refusal(502, ERROR_CODE.INTERNAL_ERROR, `The server cannot serve: ${(error as Error).message}`);
    }
  }

  get isIdle(): boolean {
    return this.load === 0 && this.leases.standing === 0;
  }

  /** Whether the server takes its input. */
  get isWritable(): boolean {
    return this.channel.isWritable;
  }

  /** Ends the process. From now on it takes no calls. Resolves when it is gone. */
  end(): Promise<void> {
    this.hasEnded = true;
    return this.channel.close();
  }

  /** Ends the process unless it answers: a call to it has waited for too long. */
  async endIfHung(patienceMs: number): Promise<void> {
    if (!this.hasEnded && !await settlesWithin(this.connection.check(), patienceMs)) {
      this.channel.logger.warn('ending a process that does not answer');
      this.startObserver.serverFailed();
      await this.end();
    }
  }

  /** Whether it takes no more calls. */
  get isRetired(): boolean {
    return this.hasEnded || (this.connection instanceof LegacyConnection && this.connection.isAmbiguous);
  }

  /** Calls that it works on. */
  get load(): number {
    return this.leases.together + this.leases.exclusive;
  }

  admits(kind: LeaseKind): boolean {
    const isFree = kind === 'exclusive' ? this.load === 0 : this.leases.exclusive === 0;
    return !this.isRetired && this.isWritable && (kind === 'standing' || isFree);
  }

  lease(kind: LeaseKind): void {
    this.leases[kind]++;
  }

  release(kind: LeaseKind): void {
    this.leases[kind]--;
    this.idleSince = performance.now();
  }
}

function portsOf(channel: ServerChannel, { onChange }: SharedProcessOptions): ConnectionPorts {
  return {
    send: (text) => channel.send(text),
    onChange,
    onStray: (message, reason) => channel.logger.debug(
      { reason, method: 'method' in message ? message.method : undefined }, 'dropped a message of the server'),
  };
}

function listenTo(channel: ServerChannel, connection: ServerConnection, { messageBytes }: SharedProcessOptions): void {
  channel.listen({
    onMessage: (message, text) => connection.onMessage(message, text),
    // Nobody can tell whose answer it was: better all calls in flight fail now than one at its time-out.
    onTooLong: () => connection.fail(unavailable(`The server's answer is larger than ${messageBytes} bytes`)),
  });
  void channel.closed.then((how) => connection.fail(unavailable(`The server's process ended (${how})`)));
}
