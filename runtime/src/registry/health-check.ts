import { setTimeout as sleep } from 'node:timers/promises';
import { request, type Dispatcher } from 'undici';
import type { RegistryConfig } from '../../../lib/contract/registry-config';
import type { Logger } from '../platform/logger';

export interface HealthCheckOptions {
  readonly healthUrl: string;
  readonly settings: RegistryConfig['health'];
  readonly dispatcher: Dispatcher;
  readonly logger: Logger;
}

/**
 * Asks one server again and again whether it can serve. One answer is enough to put it in,
 * several failures in a row take it out.
 */
export class HealthCheck {
  /** Unknown until a check has succeeded, or enough of them have failed. */
  private state: 'unknown' | 'healthy' | 'unhealthy' = 'unknown';
  private failuresInARow = 0;
  private readonly stopped = new AbortController();
  private repeating: Promise<void> = Promise.resolve();

  constructor(private readonly options: HealthCheckOptions) {}

  get healthy(): boolean {
    return this.state === 'healthy';
  }

  /** Resolves once the first answer, or its failure, is known. Checks go on until `stop`. */
  start(): Promise<void> {
    const first = this.check();
    this.repeating = first.then(() => this.repeat());
    return first;
  }

  /** Resolves when no check is under way. Whoever cannot wait for one destroys the dispatcher. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.repeating;
  }

  /** A random share of the interval comes first: many servers are then not asked in the same instant. */
  private async repeat(): Promise<void> {
    const intervalMs = this.options.settings.intervalSeconds * 1000;
    for (let pauseMs = Math.random() * intervalMs; await this.pause(pauseMs); pauseMs = intervalMs) {
      await this.check();
    }
  }

  /** @returns whether to go on */
  private pause(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: this.stopped.signal }).catch(() => false);
  }

  private async check(): Promise<void> {
    const failure = await this.ask();
    if (this.stopped.signal.aborted) {
      return;
    }
    this.failuresInARow = failure === undefined ? 0 : this.failuresInARow + 1;
    if (failure === undefined) {
      this.enter('healthy');
    } else if (this.failuresInARow >= this.options.settings.failuresToRemove) {
      this.enter('unhealthy', failure);
    }
  }

  /** @returns why the server cannot serve, or undefined when it can */
  private async ask(): Promise<string | undefined> {
    const { healthUrl, dispatcher, settings } = this.options;
    try {
      const { statusCode, body } = await request(healthUrl, {
        dispatcher, signal: AbortSignal.timeout(settings.timeoutSeconds * 1000),
      });
      await body.dump();
      return statusCode === 200 ? undefined : `answered ${statusCode}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  private enter(state: 'healthy' | 'unhealthy', reason?: string): void {
    if (state !== this.state) {
      this.state = state;
      this.options.logger.info({ reason }, `server is ${state}`);
    }
  }
}
