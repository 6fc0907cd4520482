import type { Agent } from 'undici';
import type { RegistryConfig } from '../../../lib/contract/registry-config';
import type { AddressMap } from '../platform/address-map';
import { createHttpAgent } from '../platform/http-agent';
import type { Logger } from '../platform/logger';
import { HealthCheck } from './health-check';

export interface HealthChecksOptions {
  readonly config: Pick<RegistryConfig, 'servers' | 'health'>;
  readonly addressMap: AddressMap;
  readonly logger: Logger;
}

/** Which servers can serve now. */
export class HealthChecks {
  private readonly agent: Agent;
  private readonly checks: ReadonlyMap<string, HealthCheck>;
  private firstRoundDone = false;

  constructor({ config: { servers, health }, addressMap, logger }: HealthChecksOptions) {
    this.agent = createHttpAgent(addressMap, {
      connectTimeoutMs: health.timeoutSeconds * 1000,
      // Longer than the interval, so that a check finds the connection of the last one.
      keepAliveTimeout: 2 * health.intervalSeconds * 1000,
    });
    this.checks = new Map(servers.map(({ name, healthUrl }) => [name, new HealthCheck({
      healthUrl, settings: health, dispatcher: this.agent, logger: logger.child({ server: name }),
    })]));
  }

  /** Starts to check. Every server was asked once when the promise resolves. */
  async start(): Promise<void> {
    await Promise.all([...this.checks.values()].map((check) => check.start()));
    this.firstRoundDone = true;
  }

  /** Why nobody is to be told of the servers yet, or undefined. */
  notReadyReason(): string | undefined {
    return this.firstRoundDone ? undefined : 'the first round of health checks is under way';
  }

  isHealthy(server: string): boolean {
    return this.checks.get(server)?.healthy ?? false;
  }

  /** How many servers are healthy, and how many are not, or not known to be. */
  get counts(): { readonly healthy: number; readonly unhealthy: number } {
    const healthy = [...this.checks.values()].filter((check) => check.healthy).length;
    return { healthy, unhealthy: this.checks.size - healthy };
  }

  async stop(): Promise<void> {
    const stopped = [...this.checks.values()].map((check) => check.stop());
    // Ends the checks that are under way.
    await this.agent.destroy();
    await Promise.all(stopped);
  }
}
