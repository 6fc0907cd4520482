import { ERROR_CODE, type JsonRpcRequest } from '../mcp/json-rpc';
import type { Logger } from '../platform/logger';
import type { Connector } from './connector';
import { unavailable } from './failure';
import { Refusal } from './refusal';
import type { Reply } from './reply';
import { ServerChannel } from './server-channel';
import { Session, type SessionOptions } from './session';
import { settlesWithin, toMilliseconds } from './timing';

export interface SessionsOptions extends Omit<SessionOptions, 'onEnd'> {
  readonly connector: Connector;
  readonly logger: Logger;
}

/** How soon a client that was turned away may try again, in seconds. */
const RETRY_AFTER = '5';

/** All sessions, and the processes behind them. */
export class Sessions {
  private readonly byId = new Map<string, Session>();
  /** Each resolves when a process is gone. One that is starting or stopping needs its memory, too. */
  private readonly processes = new Set<Promise<void>>();
  private isDraining = false;

  constructor(private readonly options: SessionsOptions) {}

  find(id: string): Session | undefined {
    return this.byId.get(id);
  }

  /**
   * Starts a session with a process of its own.
   *
   * @param request the client's `initialize`
   * @throws Refusal when there is no room for it, or the server cannot be started.
   */
  async start(request: JsonRpcRequest, text: string, reply: Reply): Promise<void> {
    this.checkRoom();
    const channel = await this.openChannel();
    if (this.isDraining) {
      void channel.close();
      throw turnedAway('The server is shutting down');
    }
    const session = new Session(channel, { ...this.options, onEnd: ({ id }) => this.byId.delete(id) });
    this.byId.set(session.id, session);
    session.initialize(request, text, reply);
  }

  /**
   * Starts no more sessions, lets the calls in flight finish for so long, then ends all sessions.
   * Resolves when no process is left.
   */
  async stop(drainSeconds: number): Promise<void> {
    this.isDraining = true;
    const quiet = Promise.all([...this.byId.values()].map((session) => session.quiet()));
    await settlesWithin(quiet, toMilliseconds(drainSeconds));
    for (const session of this.byId.values()) {
      void session.end(unavailable('The server is shutting down'));
    }
    await Promise.all(this.processes);
  }

  private checkRoom(): void {
    if (this.isDraining) {
      throw turnedAway('The server is shutting down');
    }
    if (this.processes.size >= this.options.limits.sessions) {
      throw turnedAway('The server has all the sessions it can hold');
    }
  }

  private async openChannel(): Promise<ServerChannel> {
    const { connector, logger, startObserver } = this.options;
    const opening = ServerChannel.open(connector, this.options);
    const gone = opening.then(({ closed }) => closed).then(
      () => void this.processes.delete(gone), () => void this.processes.delete(gone));
    this.processes.add(gone);
    try {
      return await opening;
    } catch (error) {
      logger.error({ reason: (error as Error).message }, 'cannot start the server');
      startObserver.serverFailed();
      throw new Refusal(502, ERROR_CODE.INTERNAL_ERROR, 'The server cannot be started');
    }
  }
}

function turnedAway(reason: string): Refusal {
  return new Refusal(503, ERROR_CODE.TRANSPORT_ERROR, reason, { headers: { 'retry-after': RETRY_AFTER } });
}
