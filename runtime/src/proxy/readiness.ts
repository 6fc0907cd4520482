import { setTimeout as delay } from 'node:timers/promises';
import type { ProxyConfig } from '../../../lib/contract/proxy-config';
import type { Logger } from '../platform/logger';
import { probeEras, type ServerEras } from './processes/server-eras';
import { NoRoom, turnedAway } from './refusal';
import type { ServerChannel } from './server-channel';
import type { StartObserver } from './session';
import { toMilliseconds } from './timing';

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

export interface ReadinessOptions {
  /** Starts a process. Throws NoRoom where there is none for it. */
  readonly open: () => Promise<ServerChannel>;
  readonly limits: ProxyConfig['limits'];
  readonly logger: Logger;
  /** The server has answered a probe. */
  readonly onProbed: (eras: ServerEras) => void;
  /** Whether the server can serve is another than before. */
  readonly onChange: (isReady: boolean) => void;
}

/**
 * Whether the server really answers MCP, and in which era. A process of it is started to find out: once when the place
 * where it runs is there, and again when sessions fail to start. A probe decides and not the sessions' failures, or any
 * client that makes the server fail could take the proxy out of service.
 */
export class Readiness implements StartObserver {
  private reason: string | undefined = 'the server has not answered yet';
  /** Ends the wait for the next attempt. */
  private hurry = new AbortController();
  private known: ServerEras | undefined;
  private probing: Promise<void> | undefined;
  private attempt: Promise<void> | undefined;
  private readonly stopped = new AbortController();
  /** Changes when servers cannot be started any more: what a probe of before finds out, means nothing then. */
  private generation = 0;

  constructor(private readonly options: ReadinessOptions) {}

  /** Why the server cannot serve now, or undefined when it can. */
  get notReadyReason(): string | undefined {
    return this.reason;
  }

  /**
   * What the server speaks. Waits for an answer that is on its way, not for a server that has failed to return.
   *
   * @throws Refusal when the server cannot serve.
   */
  async eras(): Promise<ServerEras> {
    if (this.known === undefined) {
      await this.attempt;
    }
    if (this.known === undefined) {
      throw turnedAway(503, this.reason ?? 'the server has not answered yet');
    }
    return this.known;
  }

  serverStarted(): void {
    if (this.known !== undefined) {
      this.become(undefined);
    }
  }

  serverFailed(): void {
    this.start();
  }

  /** Servers cannot be started, so there is nothing to probe. */
  suspend(reason: string): void {
    this.generation++;
    this.become(reason);
  }

  /** Servers can be started, again perhaps: there is no reason to wait. */
  resume(): void {
    this.hurry.abort();
    this.start();
  }

  /** Probes the server until it answers. */
  private start(): void {
    this.probing ??= this.probeUntilAnswered().finally(() => {
      this.probing = undefined;
    });
  }

  /** Resolves when no process of a probe is left. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.probing;
  }

  private async probeUntilAnswered(): Promise<void> {
    const { signal } = this.stopped;
    let retryMs = FIRST_RETRY_MS;
    for (;;) {
      this.hurry = new AbortController();
      this.attempt = this.probe();
      await this.attempt;
      this.attempt = undefined;
      if (this.isSettled()) {
        return;
      }
      await delay(retryMs, undefined, { signal: AbortSignal.any([signal, this.hurry.signal]) }).catch(() => undefined);
      retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
      if (this.isSettled()) {
        return;
      }
    }
  }

  private async probe(): Promise<void> {
    const { open, limits, logger, onProbed } = this.options;
    const { generation } = this;
    try {
      const eras = await probeEras({
        open,
        startMs: toMilliseconds(limits.startSeconds),
        signal: this.stopped.signal,
      });
      if (generation === this.generation) {
        this.known = eras;
        this.become(undefined);
        onProbed(eras);
      }
    } catch (error) {
      if (generation !== this.generation || (error instanceof NoRoom && this.isReady)) {
        // A server all of whose processes are in use is none that cannot serve.
        return;
      }
      this.become(`the server cannot serve: ${(error as Error).message}`);
      logger.warn({ reason: this.reason }, 'not ready');
    }
  }

  private get isReady(): boolean {
    return this.reason === undefined;
  }

  /** Whether there is nothing to find out: others may have shown meanwhile that the server answers. */
  private isSettled(): boolean {
    return this.isReady || this.stopped.signal.aborted;
  }

  private become(reason: string | undefined): void {
    const wasReady = this.isReady;
    this.reason = reason;
    if (wasReady !== this.isReady) {
      this.options.onChange(this.isReady);
    }
  }
}
