import { principalKey, type Principal } from '../auth/principal';
import { ERROR_CODE, type JsonRpcRequest } from '../mcp/json-rpc';
import type { Logger } from '../platform/logger';
import { unavailable } from './failure';
import { Refusal, turnedAway } from './refusal';
import type { Reply } from './reply';
import { Session, type SessionOptions } from './session';
import type { OpenUpstream, SessionUpstream } from './session-upstream';
import { eventLogLimits } from './streams/event-log';

export interface SessionsOptions extends Omit<SessionOptions, 'onEnd' | 'principal' | 'logLimits'> {
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

/** A client without a sign of life for so long, in ms, has most likely left. */
const LEFT_MS = 60_000;

/** All sessions, and what is behind them. */
export class Sessions {
  private readonly byId = new Map<string, Session>();
  /**
   * Whose they are, by a promise that resolves when nothing is left of them. One that is starting or stopping
   * needs its memory, too.
   */
  private readonly places = new Map<Promise<void>, string | undefined>();
  private readonly logLimits = eventLogLimits(() => this.byId.size);
  private isClosed = false;

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
    if (this.isClosed) {
      void upstream.close();
      throw turnedAway(503, 'The server is shutting down');
    }
    const session = new Session(upstream, {
      ...this.options, principal,
      logLimits: this.logLimits,
      onEnd: ({ id }) => this.byId.delete(id),
    });
    this.byId.set(session.id, session);
    session.initialize(request, text, reply);
  }

  /** From now on no session begins. */
  close(): void {
    this.isClosed = true;
  }

  /**
   * Ends each session as soon as none of its calls is in flight, and all of them in the end.
   *
   * @param drainMs how long the calls may take
   */
  async drain(drainMs: number): Promise<void> {
    this.close();
    const reason = unavailable('The server is shutting down');
    await Promise.all([...this.byId.values()].map((session) => session.endWhenQuiet(reason, drainMs)));
  }

  /** Resolves when nothing of any session is left. */
  async gone(): Promise<void> {
    await Promise.all(this.places.keys());
  }

  private async makeRoom(principal: Principal | undefined): Promise<void> {
    if (this.isClosed) {
      throw turnedAway(503, 'The server is shutting down');
    }
    const { sessions, sessionsPerPrincipal } = this.options.limits;
    const isFull = principal === undefined
      ? this.places.size >= sessions : this.countOf(principalKey(principal)) >= sessionsPerPrincipal;
    if (isFull) {
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
  private async endLongestIdle(principal: Principal | undefined): Promise<void> {
    // Of a caller whom nobody knows, it may not be their own.
    const idleMs = principal === undefined ? LEFT_MS : 0;
    const idle = [...this.byId.values()].filter(
      (session) => session.isIdle && session.isOf(principal) && performance.now() - session.lastUsed >= idleMs);
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
