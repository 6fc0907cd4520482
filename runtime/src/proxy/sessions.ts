import { principalKey, type Principal } from '../auth/principal';
import { ERROR_CODE, type JsonRpcRequest } from '../mcp/json-rpc';
import type { Logger } from '../platform/logger';
import { unavailable } from './failure';
import { Refusal, turnedAway } from './refusal';
import type { Reply } from './reply';
import { Session, type SessionOptions } from './session';
import type { OpenUpstream, SessionUpstream } from './session-upstream';
import { settlesWithin, toMilliseconds } from './timing';

export interface SessionsOptions extends Omit<SessionOptions, 'onEnd' | 'principal'> {
  readonly openUpstream: OpenUpstream;
  readonly logger: Logger;
}

/** The client's `initialize`. */
export interface SessionStart {
  readonly request: JsonRpcRequest;
  readonly text: string;
  readonly reply: Reply;
  /** Undefined where callers are not known. */
  readonly principal: Principal | undefined;
}

/** All sessions, and what is behind them. */
export class Sessions {
  private readonly byId = new Map<string, Session>();
  /**
   * Whose they are, by a promise that resolves when nothing is left of them. One that is starting or stopping
   * needs its memory, too.
   */
  private readonly places = new Map<Promise<void>, string | undefined>();
  private isDraining = false;

  constructor(private readonly options: SessionsOptions) {}

  /** The session of this id, for whose it is: for anybody else there is none. */
  find(id: string, principal: Principal | undefined): Session | undefined {
    const session = this.byId.get(id);
    return session?.isOf(principal) === true ? session : undefined;
  }

  /**
   * Starts a session.
   *
   * @throws Refusal when there is no room for it, or the server cannot be started.
   */
  async start({ request, text, reply, principal }: SessionStart): Promise<void> {
    await this.makeRoom(principal);
    const upstream = await this.openUpstream(request, principal);
    if (this.isDraining) {
      void upstream.close();
      throw turnedAway(503, 'The server is shutting down');
    }
    const session = new Session(upstream, { ...this.options, principal, onEnd: ({ id }) => this.byId.delete(id) });
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
    await Promise.all(this.places.keys());
  }

  private async makeRoom(principal: Principal | undefined): Promise<void> {
    if (this.isDraining) {
      throw turnedAway(503, 'The server is shutting down');
    }
    const { sessions, sessionsPerPrincipal } = this.options.limits;
    if (principal !== undefined && this.countOf(principalKey(principal)) >= sessionsPerPrincipal) {
      await this.endLongestIdle(principal);
    }
    if (principal !== undefined && this.countOf(principalKey(principal)) >= sessionsPerPrincipal) {
      throw turnedAway(429, `You use all of the ${sessionsPerPrincipal} sessions that you may hold: end one first`);
    }
    if (this.places.size >= sessions) {
      throw turnedAway(503, 'The server has all the sessions it can hold');
    }
  }

  /** Most clients leave without ending their sessions: those make room for new ones of the same caller. */
  private async endLongestIdle(principal: Principal): Promise<void> {
    const idle = [...this.byId.values()].filter((session) => session.isIdle && session.isOf(principal));
    const [longest] = idle.sort((a, b) => a.lastUsed - b.lastUsed);
    await longest?.end(unavailable('The caller has begun more sessions than it may hold'));
  }

  private countOf(key: string): number {
    return [...this.places.values()].filter((owner) => owner === key).length;
  }

  private async openUpstream(request: JsonRpcRequest, principal: Principal | undefined): Promise<SessionUpstream> {
    const { openUpstream, logger, startObserver } = this.options;
    const opening = openUpstream(request, principal);
    const gone = opening.then(({ closed }) => closed).then(
      () => void this.places.delete(gone), () => void this.places.delete(gone));
    this.places.set(gone, principal === undefined ? undefined : principalKey(principal));
    try {
      return await opening;
    } catch (error) {
      if (error instanceof Refusal) {
        throw error;
      }
      logger.error({ reason: (error as Error).message }, 'cannot start the server');
      startObserver.serverFailed();
      throw new Refusal(502, ERROR_CODE.INTERNAL_ERROR, 'The server cannot be started');
    }
  }
}
