import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProxyConfig } from '../../../lib/contract/proxy-config';
import { AskingCalls } from '../bridge/asking-calls';
import type { Clock } from '../bridge/clock';
import type { Logger } from '../platform/logger';
import { VERSION } from '../platform/version';
import type { Connector } from './connector';
import type { Delivery } from './delivery';
import { ByLegacyServer } from './modern/by-legacy-server';
import { ByModernServer } from './modern/by-modern-server';
import { CallsOfPrincipals } from './modern/calls-of-principals';
import { ModernRequests } from './modern/modern-requests';
import { ToolHeaders } from './modern/tool-headers';
import { GroupKeys } from './processes/group-keys';
import { createOpenUpstream } from './processes/open-upstream';
import { ProcessPool } from './processes/process-pool';
import { ServerProcesses } from './processes/server-processes';
import type { ProxyMetrics } from './proxy-metrics';
import { Readiness } from './readiness';
import { Sessions } from './sessions';
import { Timeouts } from './timeouts';
import { settlesWithin, toMilliseconds } from './timing';

/** A call longer than this becomes a task where its client knows tasks, in ms. */
const TASK_AFTER_MS = 10_000;

const CLOCK: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, toMilliseconds(ms / 1000));
    return () => clearTimeout(timer);
  },
};

export interface ServingOptions {
  readonly config: ProxyConfig;
  readonly connector: Connector;
  readonly metrics: ProxyMetrics;
  readonly logger: Logger;
  readonly delivery: Delivery;
}

/** The server's processes, and what serves the clients of each era by them. */
export class Serving {
  readonly sessions: Sessions;
  readonly modern: ModernRequests;
  /** Resolves when the place where processes run is there anew after a drain: only another proxy can use it. */
  readonly outlived: Promise<void>;
  private readonly readiness: Readiness;
  private readonly processes: ServerProcesses;
  private readonly pool: ProcessPool;
  private readonly calls: CallsOfPrincipals;
  private readonly asking: AskingCalls;
  private draining: Promise<void> | undefined;
  private readonly hurry = new AbortController();
  private tellOutlived: (() => void) | undefined;

  constructor(private readonly options: ServingOptions) {
    const { config, connector, metrics } = options;
    const { limits, roots } = config;
    this.outlived = new Promise((resolve) => {
      this.tellOutlived = resolve;
    });
    const toolHeaders = new ToolHeaders();
    this.readiness = new Readiness({
      ...options, limits,
      open: () => this.processes.openForProbe(),
      onProbed: ({ tools }) => {
        toolHeaders.learn(tools);
        this.processes.startSpares();
      },
      onChange: (isReady) => connector.reportReady(isReady),
    });
    const shared = { ...options, limits, startObserver: this.readiness };
    this.processes = new ServerProcesses({ ...shared, maximum: limits.processes, spare: limits.spareProcesses });
    this.pool = new ProcessPool({ ...shared, processes: this.processes });
    this.calls = new CallsOfPrincipals(limits.callsPerPrincipal);
    const identity = { name: 'cdk8s-mcp', version: VERSION };
    const bridge = {
      config, roots, identity, toolHeaders,
      clock: CLOCK,
      logger: options.logger,
      pool: this.pool,
      processes: this.processes,
      keys: new GroupKeys(config, identity),
      eras: () => this.readiness.eras(),
    };
    this.sessions = new Sessions({
      ...shared,
      openUpstream: createOpenUpstream(bridge),
      startTimeouts: new Timeouts(toMilliseconds(limits.startSeconds)),
      callTimeouts: new Timeouts(toMilliseconds(limits.callSeconds)),
    });
    this.asking = askingCalls(config);
    this.modern = new ModernRequests({
      ...bridge, limits, metrics,
      calls: this.calls,
      byModernServer: new ByModernServer({ ...bridge, answerMs: toMilliseconds(limits.answerSeconds) }),
      byLegacyServer: new ByLegacyServer({ ...bridge, calls: this.asking }),
    });
  }

  /** Whether requests should rather go elsewhere: the end has begun. */
  get isDraining(): boolean {
    return this.draining !== undefined;
  }

  /** Why requests should go elsewhere, or undefined when they can be served. */
  get notReadyReason(): string | undefined {
    return this.isDraining ? 'the proxy is stopping' : this.readiness.notReadyReason;
  }

  /** Gets ready to serve. */
  start(): void {
    this.options.connector.listen({
      onAvailable: (isAnew) => this.onAvailable(isAnew),
      onUnavailable: (reason) => this.readiness.suspend(reason),
      onDraining: () => void this.drain(),
    });
  }

  /**
   * Begins no sessions any more; after a while in which not everybody knows of it, begins nothing more, lets the calls
   * in flight finish, then ends all. Resolves when no process is left.
   */
  drain(): Promise<void> {
    this.draining ??= this.endInOrder();
    return this.draining;
  }

  /** Drains, without regard to those who do not know of it yet where that has begun already. */
  async stop(): Promise<void> {
    if (this.draining !== undefined) {
      // Whoever asks a second time, knows that the pod is ending.
      this.hurry.abort();
    }
    await this.drain();
    this.options.connector.stop();
  }

  private onAvailable(isAnew: boolean): void {
    if (this.draining === undefined) {
      this.readiness.resume();
    } else if (isAnew) {
      void this.draining.then(this.tellOutlived);
    }
  }

  private async endInOrder(): Promise<void> {
    const { connector, config: { limits }, logger } = this.options;
    logger.info('draining');
    this.sessions.close();
    await delay(limits.lagSeconds * 1000, undefined, { signal: this.hurry.signal }).catch(() => undefined);
    this.processes.drain();
    this.modern.drain();
    const drainMs = toMilliseconds(limits.drainSeconds);
    await Promise.all([
      this.sessions.drain(drainMs),
      settlesWithin(Promise.all([this.calls.quiet(), this.asking.quiet()]), drainMs),
      this.readiness.stop(),
    ]);
    this.asking.end();
    this.pool.stop();
    await this.processes.end();
    await this.sessions.gone();
    connector.reportDrained();
    logger.info('drained');
  }
}

function askingCalls({ limits, roots }: ProxyConfig): AskingCalls {
  return new AskingCalls({
    clock: CLOCK,
    // A pod's host name is the pod's own.
    owner: `${hostname()} ${randomUUID()}`,
    roots: roots === 'allow',
    answerMs: toMilliseconds(limits.answerSeconds),
    taskAfterMs: TASK_AFTER_MS,
    taskTtlMs: toMilliseconds(limits.callSeconds),
    parkedCalls: limits.parkedCalls,
    parkedCallsPerPrincipal: limits.parkedCallsPerPrincipal,
  });
}
