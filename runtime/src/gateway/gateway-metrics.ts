import { METRIC, type DiscoveryOutcome, DISCOVERY_OUTCOME } from '../../../lib/contract/metrics';
import { ACTION } from '../../../lib/contract/policy';
import { AUTH_OUTCOMES, type AuthOutcome } from '../auth/authenticate';
import { BoundedLabel } from '../platform/bounded-label';
import { Metrics } from '../platform/metrics';
import type { Exchange } from './exchange';
import { OUTCOME } from './outcome';
import { isKnownMethod } from './policy/guard';
import type { UpstreamServer } from './upstream/upstream-server';

/** Errors of tools that are there from the start, so that the first one is seen by rate(). */
const TOOL_ERROR_TYPES = [OUTCOME.TOOL_ERROR, OUTCOME.TIMEOUT, OUTCOME.UNAVAILABLE, OUTCOME.DENIED];

/** Endings of tool calls that are nobody's error. */
const NO_ERROR: ReadonlySet<string> = new Set([OUTCOME.OK, OUTCOME.DISCONNECTED, OUTCOME.SESSION_NOT_FOUND]);

/** What names are counted under of which nobody knows whether they are tools: clients may invent any. */
const OTHER = 'other';

/** The gateway's metrics, in the words of what happens in it. */
export class GatewayMetrics {
  private readonly metrics = new Metrics();
  readonly registry = this.metrics.registry;

  private readonly authentications = this.metrics.counter(METRIC.GATEWAY_AUTH);
  private readonly decisions = this.metrics.counter(METRIC.GATEWAY_DECISIONS);
  private readonly routing = this.metrics.histogram(METRIC.GATEWAY_ROUTING_DURATION);
  private readonly toolRequests = this.metrics.counter(METRIC.TOOL_REQUESTS);
  private readonly toolErrors = this.metrics.counter(METRIC.TOOL_ERRORS);
  private readonly operations = this.metrics.histogram(METRIC.OPERATION_DURATION);
  private readonly sessions = this.metrics.gauge(METRIC.SESSIONS_ACTIVE);
  private readonly sessionDurations = this.metrics.histogram(METRIC.SESSION_DURATION);
  private readonly discoveries = this.metrics.counter(METRIC.DISCOVERY_REQUESTS);
  private readonly tools = new Map<string, BoundedLabel>();
  private readonly errorTypes = new BoundedLabel(50);

  constructor(servers: readonly UpstreamServer[]) {
    AUTH_OUTCOMES.forEach((outcome) => this.authentications.inc({ outcome }, 0));
    Object.values(DISCOVERY_OUTCOME).forEach((outcome) => this.discoveries.inc({ outcome }, 0));
    for (const action of Object.values(ACTION)) {
      ['allow', 'deny'].forEach((outcome) => this.decisions.inc({ action, outcome }, 0));
    }
    for (const { name } of servers) {
      this.tools.set(name, new BoundedLabel());
      this.sessions.set({ server: name }, 0);
      this.addTool(name, OTHER);
    }
    this.metrics.gauge(METRIC.UPSTREAM_CONNECTIONS, (gauge) => {
      for (const server of servers) {
        for (const [state, count] of Object.entries(server.connections())) {
          gauge.set({ server: server.name, state }, count);
        }
      }
    });
  }

  authenticated(outcome: AuthOutcome): void {
    this.authentications.inc({ outcome });
  }

  discovered(outcome: DiscoveryOutcome): void {
    this.discoveries.inc({ outcome });
  }

  /** A list names a tool, or a call of it has succeeded: from now on its calls are counted under its name. */
  toolExists(server: string, tool: string): void {
    const known = this.tools.get(server);
    if (known?.has(tool) === false && known.of(tool) === tool) {
      this.addTool(server, tool);
    }
  }

  /**
   * A session's stream is open. The gateway keeps no sessions, so those are the ones that it can count:
   * each has one stream at most, through one replica of the gateway.
   */
  streamOpened(server: string): void {
    this.sessions.inc({ server });
  }

  streamClosed(server: string): void {
    this.sessions.dec({ server });
  }

  /** A client ended its session; when it began its id says. Sessions that nobody ends are not seen. */
  sessionEnded(server: string, seconds: number): void {
    this.sessionDurations.observe({ server }, seconds);
  }

  /** A request is over. */
  finished(exchange: Exchange): void {
    this.routing.observe(exchange.routingMs / 1000);
    const { server, method, target, outcome, decision } = exchange;
    if (decision !== undefined) {
      this.decisions.inc({ action: decision.action, outcome: decision.allowed ? 'allow' : 'deny' });
    }
    if (server !== undefined && isKnownMethod(method)) {
      this.operations.observe({ server, mcp_method_name: method }, exchange.durationMs / 1000);
      if (method === 'tools/call' && target !== undefined) {
        this.toolCalled(server, target, outcome);
      }
    }
  }

  private toolCalled(server: string, name: string, outcome: string): void {
    if (outcome === OUTCOME.OK) {
      this.toolExists(server, name);
    }
    const tool = this.tools.get(server)?.has(name) === true ? name : OTHER;
    this.toolRequests.inc({ server, tool });
    if (!NO_ERROR.has(outcome)) {
      this.toolErrors.inc({ server, tool, error_type: this.errorTypes.of(outcome) });
    }
  }

  private addTool(server: string, tool: string): void {
    this.toolRequests.inc({ server, tool }, 0);
    for (const type of TOOL_ERROR_TYPES) {
      this.toolErrors.inc({ server, tool, error_type: type }, 0);
    }
  }
}
