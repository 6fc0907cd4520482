import { setTimeout as delay } from 'node:timers/promises';
import type { ProxyConfig } from '../../../lib/contract/proxy-config';
import { SESSION_REVISIONS } from '../mcp/versions';
import type { Logger } from '../platform/logger';
import { VERSION } from '../platform/version';
import type { Connector } from './connector';
import type { ProxyMetrics } from './proxy-metrics';
import { ServerChannel } from './server-channel';
import type { StartObserver } from './session';
import { toMilliseconds } from './timing';

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 'readiness',
  method: 'initialize',
  params: {
    protocolVersion: SESSION_REVISIONS[0],
    capabilities: {},
    clientInfo: { name: 'cdk8s-mcp-readiness', version: VERSION },
  },
};

export interface ReadinessOptions {
  readonly connector: Connector;
  readonly limits: ProxyConfig['limits'];
  readonly metrics: ProxyMetrics;
  readonly logger: Logger;
}

/**
 * Whether the server really answers MCP. A process of it is started to find out: once at the start, and again
 * when sessions fail to start. A probe decides and not the sessions' failures, or any client that makes the
 * server fail could take the proxy out of service.
 */
export class Readiness implements StartObserver {
  private reason: string | undefined = 'the server has not answered yet';
  private probing: Promise<void> | undefined;
  private readonly stopped = new AbortController();

  constructor(private readonly options: ReadinessOptions) {}

  /** Why the server cannot serve now, or undefined when it can. */
  get notReadyReason(): string | undefined {
    return this.reason;
  }

  serverStarted(): void {
    this.reason = undefined;
  }

  serverFailed(): void {
    this.start();
  }

  /** Probes the server until it answers. */
  start(): void {
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
    while (!signal.aborted && !await this.probe()) {
      await delay(retryMs, undefined, { signal }).catch(() => undefined);
      retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
    }
  }

  private async probe(): Promise<boolean> {
    const { connector, logger } = this.options;
    let channel: ServerChannel | undefined;
    try {
      channel = await ServerChannel.open(connector, this.options);
      await this.initialize(channel);
      this.reason = undefined;
      return true;
    } catch (error) {
      this.reason = `the server cannot serve: ${(error as Error).message}`;
      logger.warn({ reason: this.reason }, 'not ready');
      return false;
    } finally {
      await channel?.close();
    }
  }

  private async initialize(channel: ServerChannel): Promise<void> {
    const { startSeconds } = this.options.limits;
    const { signal } = this.stopped;
    signal.throwIfAborted();
    const timeout = AbortSignal.timeout(toMilliseconds(startSeconds));
    await new Promise<void>((resolve, reject) => {
      channel.listen({
        onMessage: (message) => {
          if ('method' in message || message.id !== INITIALIZE.id) {
            return;
          }
          if (message.error === undefined) {
            resolve();
          } else {
            reject(new Error(`it refused initialize: ${message.error.message}`));
          }
        },
        onTooLong: () => undefined,
      });
      void channel.closed.then((how) => reject(new Error(`its process ended (${how})`)));
      AbortSignal.any([signal, timeout]).addEventListener('abort', () => reject(
        new Error(timeout.aborted ? `it did not answer initialize within ${startSeconds} s` : 'the proxy is stopping')));
      channel.send(JSON.stringify(INITIALIZE));
    });
  }
}
