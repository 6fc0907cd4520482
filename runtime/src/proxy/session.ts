import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ProxyConfig } from '../../../lib/contract/proxy-config';
import { principalKey, type Principal } from '../auth/principal';
import type { CallFailure } from '../bridge/call';
import { HEADER } from '../mcp/headers';
import type {
  JsonRpcId, JsonRpcMessage, JsonRpcNotification, JsonRpcRequest, JsonRpcResponse,
} from '../mcp/json-rpc';
import { CallsInFlight, type Call } from './calls-in-flight';
import type { Delivery } from './delivery';
import { timedOut, unavailable } from './failure';
import type { ProxyMetrics } from './proxy-metrics';
import { sessionNotFound, turnedAway } from './refusal';
import type { CallReply } from './reply';
import { ServerMessages } from './server-messages';
import type { SessionUpstream } from './session-upstream';
import type { EventLogLimits } from './streams/event-log';
import { SessionStreams } from './streams/session-streams';
import type { Timeouts } from './timeouts';
import { settlesWithin, toMilliseconds } from './timing';

export interface SessionOptions {
  /** Whose session it is; undefined where callers are not known. */
  readonly principal?: Principal;
  readonly limits: ProxyConfig['limits'];
  readonly delivery: Delivery;
  /** How much is kept for clients whose connections break. */
  readonly logLimits: EventLogLimits;
  /** How long the server may take for `initialize`. */
  readonly startTimeouts: Timeouts;
  /** How long it may take for any other call. */
  readonly callTimeouts: Timeouts;
  readonly metrics: ProxyMetrics;
  readonly startObserver: StartObserver;
  /** The session's id is no longer valid. */
  readonly onEnd: (session: Session) => void;
}

/** Clients of earlier revisions expect a message in every event. */
const PRIMING_REVISION = '2025-11-25';

/** Learns from sessions whether the server can serve. */
export interface StartObserver {
  /** The server has answered `initialize`. */
  serverStarted(): void;
  /** The server could not be started, ended before it answered `initialize`, or took too long. */
  serverFailed(): void;
}

/** One client's session with the server (2025-11-25, Transports, Session Management). */
export class Session {
  readonly id = randomBytes(24).toString('base64url');
  /** The protocol revision that client and server agreed on; undefined until `initialize` is answered. */
  private agreedRevision: string | undefined;
  private ended = false;
  /** It takes no more calls, and ends when those in flight have been answered. */
  private leaving = false;
  private readonly calls: CallsInFlight;
  private readonly streams: SessionStreams;
  private readonly serverMessages: ServerMessages;
  private idleTimer: NodeJS.Timeout;
  /** When the client last showed that it is there, on the clock of `performance.now()`. */
  lastUsed = performance.now();
  private readonly countEnd: () => void;

  constructor(private readonly upstream: SessionUpstream, private readonly options: SessionOptions) {
    this.streams = new SessionStreams({
      delivery: options.delivery,
      logLimits: options.logLimits,
      logger: upstream.logger,
      primes: () => this.agreedRevision === PRIMING_REVISION,
    });
    this.calls = new CallsInFlight(options.metrics, (connection) => this.streams.open(connection));
    this.serverMessages = new ServerMessages(this.calls, this.streams.standing, upstream);
    this.countEnd = options.metrics.sessionStarted();
    this.idleTimer = this.startIdleTimer(0);
    upstream.listen({
      onMessage: (message, text, related) => this.onMessage(message, text, related),
      // Nobody can tell whose answer it was: better all calls in flight fail now than one at its time-out.
      onTooLong: () => this.calls.failAll(
        unavailable(`The server's answer is larger than ${options.limits.messageBytes} bytes`)),
    });
    void upstream.closed.then((how) => this.fail(unavailable(`The server's process ended (${how})`)));
  }

  get revision(): string | undefined {
    return this.agreedRevision;
  }

  /** Whether a caller may use the session: for anybody else it does not exist. */
  isOf(principal: Principal | undefined): boolean {
    const own = this.options.principal;
    return own === principal
      || (own !== undefined && principal !== undefined && principalKey(own) === principalKey(principal));
  }

  /** Whether the session has ended. */
  get isOver(): boolean {
    return this.ended;
  }

  /** Sends the request that begins the session. Its answer carries the session's id. */
  initialize(request: JsonRpcRequest, text: string, reply: CallReply): void {
    const { startSeconds } = this.options.limits;
    reply.headers = { [HEADER.SESSION_ID]: this.id };
    this.calls.add(request, reply, this.options.startTimeouts, () => {
      void this.fail(timedOut(`The server did not answer initialize within ${startSeconds} s`));
    });
    // Without the answer nobody knows the session's id.
    reply.onDisconnect(() => void this.end(unavailable('The client left before the session began')));
    if (!this.ended) {
      this.upstream.send(request, text);
    }
  }

  /**
   * Sends a request of the client.
   *
   * @throws Refusal when a request of this id waits for its answer already, the session is about to end,
   * or too many of its calls are in flight.
   */
  call(request: JsonRpcRequest, text: string, reply: CallReply): void {
    if (this.leaving) {
      // The client may begin another session at once, where there is room for it.
      throw sessionNotFound();
    }
    if (this.calls.size >= this.options.limits.callsPerPrincipal) {
      throw turnedAway(429, 'You have too many calls in flight');
    }
    this.calls.add(request, reply, this.options.callTimeouts, (call) => this.giveUp(call));
    this.upstream.send(request, text);
  }

  /** Sends a notification or a response of the client. */
  tell(message: JsonRpcNotification | JsonRpcResponse, text: string): void {
    if ('method' in message && message.method === 'notifications/cancelled') {
      this.calls.cancel(message.params?.requestId);
    }
    this.upstream.send(message, text);
  }

  /**
   * Opens the session's one standing stream, for what belongs to no call.
   *
   * @param lastEventId goes on instead with the stream of this event, whichever it is
   * @throws Refusal when it is open already, or there is nothing to go on with.
   */
  openStream(response: ServerResponse, lastEventId: string | undefined): void {
    if (lastEventId === undefined) {
      this.streams.connect(response);
    } else {
      this.streams.resume(response, lastEventId);
    }
  }

  /** The client has shown that it is there, or has got an answer. */
  touch(): void {
    this.lastUsed = performance.now();
  }

  /** Whether the client neither waits for an answer nor listens. */
  get isIdle(): boolean {
    return this.calls.size === 0 && !this.streams.standing.isOpen;
  }

  /** Whether the server takes more input now. */
  get isWritable(): boolean {
    return this.upstream.isWritable;
  }

  /** Whether the server takes more input before a call would time out. */
  untilWritable(): Promise<boolean> {
    return this.upstream.isWritableWithin(toMilliseconds(this.options.limits.callSeconds));
  }

  /**
   * Takes no more calls, and ends when those in flight have been answered. What they need until then, such as the
   * client's answers to questions of the server, is still passed on.
   *
   * @param patienceMs how long that may take
   */
  async endWhenQuiet(reason: CallFailure, patienceMs: number): Promise<void> {
    this.leaving = true;
    await settlesWithin(this.calls.quiet(), patienceMs);
    await this.end(reason);
  }

  /**
   * Ends the session. Resolves when nothing of the server is left that was there for it alone.
   *
   * @param reason what the calls in flight get instead of their answers
   */
  async end(reason: CallFailure): Promise<void> {
    if (!this.ended) {
      this.ended = true;
      clearTimeout(this.idleTimer);
      this.options.onEnd(this);
      this.calls.failAll(reason);
      this.streams.close();
      this.countEnd();
      this.upstream.logger.info({ reason: reason.message }, 'session ended');
    }
    await this.upstream.close();
  }

  /** The server cannot go on with the session. */
  private async fail(reason: CallFailure): Promise<void> {
    if (!this.ended) {
      this.upstream.logger.warn({ reason: reason.message }, 'server failed');
      if (this.agreedRevision === undefined) {
        this.options.startObserver.serverFailed();
      }
    }
    await this.end(reason);
  }

  /** @param passedMs how long there has been no traffic already */
  private startIdleTimer(passedMs: number): NodeJS.Timeout {
    const idleMs = toMilliseconds(this.options.limits.idleSeconds);
    return setTimeout(() => this.endIfIdle(idleMs), idleMs - passedMs);
  }

  private endIfIdle(idleMs: number): void {
    if (this.calls.size > 0) {
      this.touch();
    }
    const passedMs = performance.now() - this.lastUsed;
    if (passedMs >= idleMs) {
      void this.end(unavailable(`No traffic for ${this.options.limits.idleSeconds} s`));
    } else {
      // Traffic only says when it was: a timer that every request starts anew costs more.
      this.idleTimer = this.startIdleTimer(passedMs);
    }
  }

  /** 2025-11-25, Lifecycle, Timeouts: the server is told that nobody waits any more. */
  private giveUp(call: Call): void {
    const reason = `The server did not answer within ${this.options.limits.callSeconds} s`;
    this.calls.fail(call, timedOut(reason));
    const cancellation: JsonRpcNotification = {
      jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: call.request.id, reason },
    };
    this.upstream.send(cancellation, JSON.stringify(cancellation));
  }

  private onMessage(message: JsonRpcMessage, text: string, related: JsonRpcId | undefined): void {
    if (this.ended) {
      return;
    }
    if ('method' in message) {
      this.serverMessages.relay(message, text, related);
    } else {
      this.onAnswer(message, text);
    }
  }

  private onAnswer(answer: JsonRpcResponse, text: string): void {
    this.touch();
    const call = this.calls.get(answer.id);
    if (call === undefined) {
      this.calls.answeredLate(answer.id);
      this.upstream.logger.debug({ id: answer.id }, 'dropped an answer that nobody waits for');
    } else if (call.request.method === 'initialize') {
      this.onInitialized(call, answer, text);
    } else {
      this.calls.answer(call, answer, text);
      const caughtUp = call.reply.caughtUp();
      if (caughtUp !== undefined) {
        this.upstream.holdUntil(caughtUp);
      }
    }
  }

  private onInitialized(call: Call, answer: JsonRpcResponse, text: string): void {
    const revision = answer.result?.protocolVersion;
    // What servers write may be of any type; the header of later requests is compared with it.
    this.agreedRevision = typeof revision === 'string' ? revision : '';
    this.upstream.initialized();
    this.options.startObserver.serverStarted();
    if (answer.error === undefined) {
      this.calls.answer(call, answer, text);
      this.upstream.logger.info({ revision: this.agreedRevision }, 'session started');
    } else {
      call.reply.headers = {};
      this.calls.answer(call, answer, text);
      void this.end(unavailable('The server refused to initialize'));
    }
  }
}
